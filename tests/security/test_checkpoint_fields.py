"""Malicious content in every field of a checkpoint that something reads."""

import contextlib
import itertools
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from mmengine import Config
from mmengine.dataset import pseudo_collate
from mmengine.logging import HistoryBuffer
from mmengine.runner import Runner
from mmseg.registry import MODELS
from support.faults import Trap, code_config
from torch.utils.data import DataLoader, Dataset

from refinenet_mmseg.checkpoints import convert_file
from refinenet_mmseg.engine import SafeRunner
from refinenet_mmseg.inference import load_segmentor
from refinenet_mmseg.safe_globals import supports_named_globals

# Older ones let mmengine unpickle whatever there is: the docs say so.
pytestmark = pytest.mark.skipif(
    not supports_named_globals(), reason='needs torch 2.6'
)
FIELDS = (
    'state_dict',
    'state_dict.weight',
    'meta',
    'meta.dataset_meta',
    'meta.dataset_meta.classes',
    'meta.config',
    'meta.seed',
    'optimizer',
    'optimizer.state',
    'param_schedulers',
    'message_hub',
    'message_hub.log_scalars',
    'message_hub.log_scalars.loss',
    'message_hub.runtime_info.best_ckpt',
    'message_hub.resumed_keys',
    'ema_state_dict',
    'segmenter',
    'anything.else',
)


RUNS = itertools.count()


class Numbers(Dataset):
    metainfo = dict(classes=('a',))

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return dict(inputs=torch.ones(1))


@MODELS.register_module(force=True)
class OneWeight(torch.nn.Module):
    """The smallest thing that mmengine trains."""

    def __init__(self, **kwargs):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def train_step(self, data, optim_wrapper):
        loss = (self.weight - 1).square().sum()
        optim_wrapper.update_params(loss)
        return dict(loss=loss.detach())


def make_runner(
    folder, iterations=1, kind=SafeRunner, model=None, **arguments
):
    work_dir = folder / 'work'
    return kind(
        model=model or OneWeight(),
        work_dir=str(work_dir),
        train_dataloader=DataLoader(Numbers(), collate_fn=pseudo_collate),
        train_cfg=dict(type='IterBasedTrainLoop', max_iters=iterations),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        default_hooks=dict(
            checkpoint=dict(
                type='CheckpointHook',
                by_epoch=False,
                interval=1,
                max_keep_ckpts=1,
            )
        ),
        # mmengine keeps what it knows of an experiment by its name.
        experiment_name=f'{folder.name}-{next(RUNS)}',
        log_level='ERROR',
        **arguments,
    )


@pytest.fixture
def checkpoint(tmp_path):
    """A whole checkpoint of a training, as mmengine writes it."""
    make_runner(tmp_path).train()
    return torch.load(tmp_path / 'work' / 'iter_1.pth', weights_only=False)


def plant(checkpoint, field, value):
    *outer, last = field.split('.')
    for key in outer:
        checkpoint = checkpoint.setdefault(key, {})
    checkpoint[last] = value


def resume(folder, path):
    runner = make_runner(folder, 2, load_from=str(path), resume=True)
    runner.train()
    return runner


def initialize(folder, path):
    model = MODELS.build(
        dict(
            type='ResNet',
            depth=18,
            base_channels=4,
            init_cfg=dict(type='Pretrained', checkpoint=str(path)),
        )
    )
    make_runner(folder, model=model)._init_model_weights()


READERS = {
    'resume': resume,
    'load_from': lambda folder, path: make_runner(
        folder, load_from=str(path)
    ).load_or_resume(),
    'predict': lambda folder, path: load_segmentor(
        Config(dict(model=dict(type='OneWeight'), test_pipeline=[])),
        path,
        'cpu',
    ),
    'init_cfg': initialize,
    'convert': lambda folder, path: convert_file(path, folder / 'new.pth'),
}


@pytest.mark.parametrize('field', FIELDS)
def test_no_reader_runs_what_a_field_holds(tmp_path, checkpoint, field):
    """All of a file is unpickled, whatever of it is used afterwards."""
    trap = tmp_path / 'trap'
    plant(checkpoint, field, Trap(trap))
    path = tmp_path / 'bad.pth'
    torch.save(checkpoint, path)
    for name, read in READERS.items():
        with pytest.raises((pickle.UnpicklingError, ValueError)) as info:
            read(tmp_path, path)
        assert 'bad.pth' in str(info.value), name
        assert not trap.exists(), name
    torch.load(path, weights_only=False)
    assert trap.exists()  # it is a trap


def test_the_same_checkpoint_is_read_without_the_trap(tmp_path, checkpoint):
    path = tmp_path / 'good.pth'
    torch.save(checkpoint, path)
    assert resume(tmp_path, path).iter == 2
    READERS['load_from'](tmp_path, path)


@pytest.mark.parametrize('field', ['meta.config', 'meta.cfg'])
def test_a_config_in_a_checkpoint_is_not_run(tmp_path, checkpoint, field):
    trap = tmp_path / 'trap'
    plant(checkpoint, field, code_config(trap))
    plant(checkpoint, 'message_hub.runtime_info.cfg', code_config(trap))
    torch.save(checkpoint, tmp_path / 'bad.pth')
    assert resume(tmp_path, tmp_path / 'bad.pth').iter == 2
    assert not trap.exists()


def test_mmengine_runs_the_config_in_a_checkpoint(tmp_path, checkpoint):
    """The defect is there: under mmengine's runner, the trap springs."""
    trap = tmp_path / 'trap'
    plant(checkpoint, 'meta.config', code_config(trap))
    torch.save(checkpoint, tmp_path / 'bad.pth')
    options = dict(load_from=str(tmp_path / 'bad.pth'), resume=True)
    with contextlib.suppress(Exception):
        make_runner(tmp_path, 2, kind=Runner, **options).train()
    assert trap.exists()


def others_files(folder):
    """Make a file and a folder that no training has to remove."""
    (folder / 'iter_precious').mkdir()
    (folder / 'iter_precious' / 'thesis.tex').touch()
    (folder / 'precious.pth').touch()
    return folder / 'iter_precious' / 'thesis.tex', folder / 'precious.pth'


def test_no_file_is_removed_that_a_checkpoint_names(tmp_path, checkpoint):
    precious = others_files(tmp_path)
    info = checkpoint['message_hub']['runtime_info']
    work_dir = tmp_path / 'work'
    (work_dir / 'iter_').mkdir()  # so that iter_/../.. leads somewhere
    for name in ('iter_5.pth', 'iter_6.pth'):
        (work_dir / name).touch()
    info['keep_ckpt_ids'] = ['/../../precious', {'a': 1}, 5, 6]
    torch.save(checkpoint, tmp_path / 'bad.pth')
    resume(tmp_path, tmp_path / 'bad.pth')
    assert all(path.exists() for path in precious)
    assert not (work_dir / 'iter_5.pth').exists()  # its own are, as ever


@pytest.mark.parametrize('key', ['best_ckpt', 'best_ckpt_mIoU'])
def test_no_best_checkpoint_of_another_folder_is_known(
    tmp_path, checkpoint, key
):
    """mmengine removes the best one so far once there is a better one."""
    precious = others_files(tmp_path)
    info = checkpoint['message_hub']['runtime_info']
    own = str(tmp_path / 'work' / 'best_mIoU_iter_1.pth')
    for value, is_kept in (
        *((str(precious[1]), False), (str(precious[0].parent), False)),
        *((own, True), (f'{own}/../../precious.pth', False), ([1], False)),
    ):
        info[key] = value
        path = tmp_path / 'elsewhere' / 'bad.pth'
        path.parent.mkdir(exist_ok=True)
        torch.save(checkpoint, path)
        runner = resume(tmp_path, path)
        assert (key in runner.message_hub.runtime_info) == is_kept


def test_a_history_calls_only_its_own_methods(tmp_path):
    """``HistoryBuffer`` looks up statistics by the names in its state."""
    history = HistoryBuffer([1.0], [1])
    history._statistics_methods = {'mean': Trap(tmp_path / 'trap')}
    torch.save({'message_hub': history}, tmp_path / 'bad.pth')
    with pytest.raises(pickle.UnpicklingError):
        READERS['load_from'](tmp_path, tmp_path / 'bad.pth')
    assert not (tmp_path / 'trap').exists()


def test_an_archive_with_paths_writes_nothing(tmp_path, checkpoint):
    """A checkpoint is a zip archive, whose members may be named anything."""
    inner = tmp_path / 'inner'
    inner.mkdir()
    path = inner / 'bad.pth'
    torch.save(checkpoint, path)
    with zipfile.ZipFile(path, 'a') as archive:
        for name in ('../evil', '/tmp/evil-of-a-test', 'bad/../../evil'):
            archive.writestr(name, 'evil')
    before = sorted(tmp_path.rglob('*'))
    for read in READERS.values():
        with contextlib.suppress(ValueError, RuntimeError):
            read(inner, path)
    new = {p.name for p in tmp_path.rglob('*')} - {p.name for p in before}
    assert not any('evil' in name for name in new)
    assert not Path('/tmp/evil-of-a-test').exists()
