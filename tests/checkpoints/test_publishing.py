import functools

import pytest
import torch
from support.commands import run_tool

from refinenet_mmseg.checkpoints import publish_file


@pytest.fixture
def training(tmp_path):
    """A checkpoint as mmengine's runner writes it."""
    torch.manual_seed(0)
    kernel = torch.randn(64, 64, 3, 3)
    checkpoint = dict(
        meta=dict(
            cfg="data_root = '/home/somebody'",
            dataset_meta=dict(classes=('sky',), palette=[[1, 2, 3]]),
        ),
        state_dict=dict(
            kernel=kernel,
            bias=torch.randn(64),
            large=torch.full((2, 2), 1e6),
            steps=torch.tensor(7),
        ),
        optimizer=dict(state={0: dict(exp_avg=kernel.clone())}),
        param_schedulers=[dict(last_step=7)],
        message_hub=dict(log_scalars={}),
        # as mmengine's EMAHook leaves it: these are not averaged
        ema_state_dict={'module.kernel': torch.randn(64, 64, 3, 3)},
        refinenet_mmseg_result=dict(training=dict(iterations=7)),
    )
    path = tmp_path / 'iter_7.pth'
    torch.save(checkpoint, path)
    return path, checkpoint


def test_kernels_are_halved_and_the_rest_is_kept(training, tmp_path):
    path, checkpoint = training
    destination = tmp_path / 'new' / 'model.pth'
    publish_file(path, destination)
    read = torch.load(destination, weights_only=True)
    weights, source = read['state_dict'], checkpoint['state_dict']
    assert weights['kernel'].dtype == torch.float16
    torch.testing.assert_close(
        weights['kernel'].float(), source['kernel'], rtol=5e-4, atol=1e-7
    )
    for name in ('bias', 'large', 'steps'):
        assert weights[name].dtype == source[name].dtype
        assert torch.equal(weights[name], source[name])
    assert checkpoint['meta'].pop('cfg')
    assert read['meta'] == checkpoint['meta']
    assert read['refinenet_mmseg_result']['training']['iterations'] == 7
    assert set(read) == {'meta', 'state_dict', 'refinenet_mmseg_result'}
    assert destination.stat().st_size < 0.3 * path.stat().st_size


def test_the_source_is_unchanged(training):
    path, _ = training
    before = path.read_bytes()
    with pytest.raises(ValueError, match='overwrite its own source'):
        publish_file(path, path)
    assert path.read_bytes() == before


def test_bad_input_is_named_and_nothing_written(training, tmp_path):
    path, _ = training
    destination = tmp_path / 'model.pth'
    sources = ['iter_7.pth', 'numbers.pth', 'other.pth', 'page.pth']
    with pytest.raises(FileNotFoundError, match=r'no checkpoint .*nothing'):
        publish_file(tmp_path / 'nothing.pth', destination)
    with pytest.raises(ValueError, match='name one to write'):
        publish_file(path, tmp_path)
    (tmp_path / 'page.pth').write_text('<html>')
    with pytest.raises(ValueError, match=r'page\.pth is damaged'):
        publish_file(tmp_path / 'page.pth', destination)
    torch.save(dict(weights=[]), tmp_path / 'other.pth')
    with pytest.raises(ValueError, match=r'other\.pth is no checkpoint'):
        publish_file(tmp_path / 'other.pth', destination)
    torch.save(dict(state_dict=dict(a=1)), tmp_path / 'numbers.pth')
    with pytest.raises(ValueError, match=r'numbers\.pth is no checkpoint'):
        publish_file(tmp_path / 'numbers.pth', destination)
    assert sorted(path.name for path in tmp_path.iterdir()) == sources


def test_the_tool_says_what_it_wrote(training, tmp_path, monkeypatch, capsys):
    path, _ = training
    publish = functools.partial(
        run_tool, monkeypatch, capsys, 'publish_checkpoint.py'
    )
    status, output, _ = publish(path, tmp_path / 'model.pth')
    assert status == 0
    assert output.endswith(' MB\n')
    assert (tmp_path / 'model.pth').is_file()
    status, _, error = publish(tmp_path / 'nothing.pth', tmp_path / 'b.pth')
    assert status == 2
    assert error.strip().endswith('nothing.pth')
