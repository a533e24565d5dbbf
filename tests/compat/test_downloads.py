from urllib.error import URLError

import pytest
from mmengine.runner import load_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

import refinenet_mmseg.compat.downloads as downloads

ADDRESS = 'https://example.com/resnet18.pth'


@pytest.fixture
def loader(monkeypatch):
    """Replaces the download; restores nothing that others rely on."""

    def set_loader(function):
        monkeypatch.setattr(downloads, 'load_from_http', function)

    return set_loader


def test_says_which_file_and_what_to_do(loader):
    def fail(*args, **kwargs):
        raise URLError('no network')

    loader(fail)
    with pytest.raises(RuntimeError, match=r'resnet18\.pth.*-scratch') as info:
        load_checkpoint(nn.Linear(1, 1), ADDRESS)
    assert 'model.backbone.init_cfg=None' in str(info.value)


def test_hands_on_what_was_downloaded(loader):
    model, other = nn.Linear(1, 1), nn.Linear(1, 1)
    loader(lambda *args, **kwargs: other.state_dict())
    load_checkpoint(model, ADDRESS)
    assert model.weight.item() == other.weight.item()


def test_other_schemes_are_left_alone():
    prefixes = [p for p in CheckpointLoader._schemes if 'http' in p]
    assert sorted(prefixes) == ['http://', 'https://']
