"""The runner by itself: see tests/integration for whole trainings."""

import socket

import numpy as np
import pytest
import torch
import torch.distributed as dist
from mmengine.config import Config
from mmengine.model import MMDistributedDataParallel, convert_sync_batchnorm
from mmengine.runner import Runner
from mmseg.registry import MODELS, RUNNERS
from PIL import Image
from support.faults import Trap
from support.runs import Line, make_runner, names
from timm.layers import BatchNormAct2d
from torch import nn

from refinenet_mmseg.engine import SafeRunner
from refinenet_mmseg.safe_globals import supports_named_globals


@pytest.fixture
def launched(monkeypatch):
    """Set the environment of --launcher pytorch with one process."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = str(probe.getsockname()[1])
    settings = dict(
        RANK='0',
        LOCAL_RANK='0',
        WORLD_SIZE='1',
        MASTER_ADDR='127.0.0.1',
        MASTER_PORT=port,
    )
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    yield
    if dist.is_initialized():
        dist.destroy_process_group()


@MODELS.register_module(force=True)
class BatchNormLine(Line):
    def __init__(self):
        super().__init__()
        self.norm = nn.SyncBatchNorm(4)


def make_config(tmp_path, **options):
    return Config(
        dict(
            model=dict(type='BatchNormLine'),
            work_dir=str(tmp_path),
            experiment_name=tmp_path.name,
            default_scope='mmseg',
            runner_type='SafeRunner',
            **options,
        )
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason='for a machine on CPU')
@pytest.mark.parametrize('wrapper', [None, dict(find_unused_parameters=True)])
def test_processes_start_on_a_cpu(launched, tmp_path, wrapper):
    options = {} if wrapper is None else dict(model_wrapper_cfg=wrapper)
    runner = RUNNERS.build(
        make_config(tmp_path, launcher='pytorch', **options)
    )
    assert dist.get_backend() == 'gloo'
    assert isinstance(runner.model, MMDistributedDataParallel)
    assert runner.model.find_unused_parameters == (wrapper is not None)
    kinds = [type(part).__name__ for part in runner.model.modules()]
    assert 'SyncBatchNorm' not in kinds


@MODELS.register_module(force=True)
class ActivatedNormLine(Line):
    def __init__(self):
        super().__init__()
        self.norm = BatchNormAct2d(4)


@pytest.mark.skipif(torch.cuda.is_available(), reason='for a machine on CPU')
def test_sync_bn_must_not_drop_activations(launched, tmp_path):
    config = make_config(tmp_path, launcher='pytorch', sync_bn='torch')
    RUNNERS.build(config)  # of plain batch norms
    config.experiment_name += '-activated'
    config.model.type = 'ActivatedNormLine'
    with pytest.raises(ValueError, match=r'BatchNormAct2d.*remove sync_bn'):
        RUNNERS.build(config)
    # as long as mmengine does not keep them
    replaced = convert_sync_batchnorm(ActivatedNormLine())
    assert type(replaced.norm) is nn.SyncBatchNorm


@pytest.mark.skipif(torch.cuda.is_available(), reason='for a machine on CPU')
def test_mmengines_own_runner_does_not_start_on_a_cpu(launched, tmp_path):
    config = make_config(tmp_path, launcher='pytorch')
    with pytest.raises(
        (AttributeError, RuntimeError, AssertionError),
        match=r'_cuda_setDevice|CUDA|NVIDIA',
    ):
        Runner.from_cfg(config)


def test_data_loaders_load_strictly(tmp_path):
    for folder in ('images', 'labels'):
        (tmp_path / folder).mkdir()
    gray = Image.fromarray(np.zeros((6, 8), np.uint8))
    gray.save(tmp_path / 'images' / 'a.png')
    gray.resize((4, 4)).save(tmp_path / 'labels' / 'a.png')
    steps = ('LoadImageFromFile', 'LoadAnnotations', 'PackSegInputs')
    config = dict(
        batch_size=1,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dict(
            type='RepeatDataset',
            times=2,
            dataset=dict(
                type='FolderDataset',
                data_root=str(tmp_path),
                img_suffix='.png',
                metainfo=dict(classes=('a', 'b')),
                data_prefix=dict(img_path='images', seg_map_path='labels'),
                pipeline=[dict(type=step) for step in steps],
            ),
        ),
    )
    assert len(next(iter(Runner.build_dataloader(config)))) == 2
    with pytest.raises(ValueError, match=r'4x4 pixels, its image .* of 8x6'):
        next(iter(SafeRunner.build_dataloader(config)))
    step = config['dataset']['dataset']['pipeline'][0]
    assert step == dict(type='LoadImageFromFile')


@pytest.mark.skipif(not supports_named_globals(), reason='needs torch 2.6')
def test_a_checkpoint_runs_code_only_if_the_config_trusts_it(tmp_path):
    sprung = tmp_path / 'sprung'
    content = dict(state_dict=BatchNormLine().state_dict(), extra=Trap(sprung))
    torch.save(content, tmp_path / 'a.pth')
    path = str(tmp_path / 'a.pth')
    with pytest.raises(ValueError, match=r'a\.pth.*Nothing in it was exec'):
        RUNNERS.build(make_config(tmp_path)).load_checkpoint(path)
    assert not sprung.exists()
    config = make_config(tmp_path, trust_checkpoint=True)
    runner = RUNNERS.build(config)
    runner.load_checkpoint(path)
    assert sprung.exists()
    # The word is for this run: the config that it leaves does not have it.
    assert 'trust_checkpoint' not in runner.cfg
    assert 'trust_checkpoint' in config


def test_trust_is_true_or_false(tmp_path):
    config = make_config(tmp_path, trust_checkpoint='no')
    with pytest.raises(ValueError, match="trust_checkpoint='no'"):
        RUNNERS.build(config)


def test_resumes_from_the_newest_intact_checkpoint(tmp_path):
    make_runner(tmp_path, max_iters=6).train()
    last = tmp_path / 'iter_6.pth'
    last.write_bytes(last.read_bytes()[:-1])
    runner = make_runner(tmp_path, resume=True, max_iters=8)
    runner.train()
    # Iterations 5 to 8 were trained, so 6 was saved once more.
    assert runner.model.calls == 4
    assert len(names(tmp_path)) == 4


def test_begins_where_there_is_no_checkpoint(tmp_path):
    runner = make_runner(tmp_path, resume=True, max_iters=2)
    runner.train()
    assert runner.model.calls == 2


def test_a_plain_loop_skips_the_batches_that_it_has_seen(tmp_path):
    make_runner(tmp_path, max_iters=4).train()
    runner = make_runner(
        tmp_path, resume=True, max_iters=6, loop='IterBasedTrainLoop'
    )
    loaded = runner._train_dataloader['dataset'].loaded
    runner.train()
    assert runner.model.calls == 2
    assert len(loaded) <= 2 * 2 + 2  # one batch may have been fetched before
