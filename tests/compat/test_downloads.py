from urllib.error import URLError

import pytest
from mmengine.runner import checkpoint, load_checkpoint
from torch import nn

ADDRESS = 'https://example.com/resnet18.pth'


@pytest.fixture
def downloaded(monkeypatch):
    """Replaces the download itself, below the function that is patched."""

    def set_content(content):
        def load_url(*args, **kwargs):
            if isinstance(content, Exception):
                raise content
            return content

        monkeypatch.setattr(checkpoint, 'load_url', load_url)

    return set_content


@pytest.mark.parametrize(
    ('name', 'file'),
    [
        (ADDRESS, r'resnet18\.pth'),
        ('open-mmlab://resnet50_v1c', r'resnet50_v1c.*\.pth'),
    ],
)
def test_says_which_file_and_what_to_do(downloaded, name, file):
    downloaded(URLError('no network'))
    with pytest.raises(RuntimeError, match=file + '.*-scratch') as info:
        load_checkpoint(nn.Linear(1, 1), name)
    assert 'model.decode_head.init_cfg=None' in str(info.value)


def test_hands_on_what_was_downloaded(downloaded):
    model, other = nn.Linear(1, 1), nn.Linear(1, 1)
    downloaded(other.state_dict())
    load_checkpoint(model, ADDRESS)
    assert model.weight.item() == other.weight.item()


def test_the_defect_is_there(downloaded):
    downloaded(URLError('no network'))
    with pytest.raises(URLError) as info:
        checkpoint.load_from_http.__wrapped__(ADDRESS)
    assert 'resnet18' not in str(info.value)
