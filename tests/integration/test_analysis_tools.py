"""mmseg's own analysis tools work on our configs and results."""

import json
import time

import pytest
import torch
from mmengine.config import Config
from support.commands import CONFIG, run

MIM = ('mim', 'run', 'refinenet_mmseg', 'mmseg_tool')


@pytest.fixture(scope='module')
def config(tmp_path_factory, shapes):
    """The demo's config, small, as a file: these tools take few options."""
    config = Config.fromfile(CONFIG)
    config.merge_from_dict(
        {
            f'{loader}_dataloader.{key}': value
            for loader in ('train', 'val', 'test')
            for key, value in (
                ('dataset.data_root', str(shapes)),
                ('num_workers', 0),
                ('persistent_workers', False),
            )
        }
    )
    config.model.decode_head.channels = 16
    path = tmp_path_factory.mktemp('config') / 'small.py'
    config.dump(path)
    return path


def test_get_flops(tmp_path, config):
    output = run(*MIM, 'get_flops', config, '--shape', 64, 64, cwd=tmp_path)
    assert 'Params: 11.6' in output
    assert 'Flops:' in output


def test_browse_dataset(tmp_path, config):
    options = ('--output-dir', 'pictures', '--not-show')
    run(*MIM, 'browse_dataset', config, *options, cwd=tmp_path)
    assert len(list((tmp_path / 'pictures').glob('*'))) == 6


def test_benchmark(tmp_path, config, trained):
    checkpoint = trained / 'iter_2.pth'
    output = run(*MIM, 'benchmark', config, checkpoint, cwd=tmp_path)
    assert 'Average fps' in output


def test_analyze_logs(tmp_path, trained):
    (log,) = trained.glob('*/vis_data/scalars.json')
    assert 'mIoU' in json.loads(log.read_text().splitlines()[-1])
    options = ('--keys', 'mIoU', '--out', 'plot.png')
    run(*MIM, 'analyze_logs', log, *options, cwd=tmp_path)
    assert (tmp_path / 'plot.png').stat().st_size > 1000


def test_confusion_matrix(tmp_path, config, trained):
    run(
        *('mim', 'test', 'refinenet_mmseg', config, '--out', 'results'),
        *('--checkpoint', trained / 'iter_2.pth'),
        cwd=tmp_path,
    )
    run(*MIM, 'confusion_matrix', config, 'results', 'matrix', cwd=tmp_path)
    assert (tmp_path / 'matrix' / 'confusion_matrix.png').exists()


def test_publish_model(tmp_path, trained):
    checkpoint = trained / 'iter_2.pth'
    run(*MIM, 'publish_model', checkpoint, 'small.pth', cwd=tmp_path)
    # The tool leaves the last renaming to a process that it does not await.
    for _ in range(100):
        if found := list(tmp_path.glob('small-*.pth')):
            break
        time.sleep(0.1)
    (published,) = found
    assert 'optimizer' not in torch.load(published, weights_only=False)


def test_another_name_is_refused(tmp_path):
    output = run(*MIM, 'get_flop', cwd=tmp_path, fails=True)
    assert "mmseg has no tool 'get_flop'" in output
    assert 'get_flops' in output
