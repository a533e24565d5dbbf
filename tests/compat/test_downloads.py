import re
from pathlib import Path
from unittest.mock import Mock
from urllib.error import URLError

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import checkpoint, load_checkpoint
from torch import nn

from refinenet_mmseg import config_path

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


def test_names_the_file_that_takes_its_place(monkeypatch, tmp_path):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    model, other = nn.Linear(1, 1), nn.Linear(1, 1)
    with monkeypatch.context() as no_network:
        no_network.setattr(
            checkpoint, 'load_url', Mock(side_effect=URLError('no network'))
        )
        with pytest.raises(RuntimeError) as info:
            load_checkpoint(model, f'{ADDRESS}?version=2')
    path = re.search(r'save it as (\S+), or', str(info.value))[1]
    Path(path).parent.mkdir(parents=True)
    torch.save(other.state_dict(), path)
    load_checkpoint(model, f'{ADDRESS}?version=2')
    assert model.weight.item() == other.weight.item()


@pytest.mark.parametrize(
    ('config', 'key'),
    [
        ('r18_1xb4-10k_camvid-360x480', 'model.backbone.init_cfg'),
        (
            'r50_1xb1-paper_nyudv2-400x400',
            'model.backbone.backbone.init_cfg',
        ),
    ],
)
def test_names_the_key_of_our_configs(downloaded, config, key):
    downloaded(URLError('no network'))
    with pytest.raises(RuntimeError, match=rf' {re.escape(key)}\b'):
        load_checkpoint(nn.Linear(1, 1), ADDRESS)
    config = Config.fromfile(config_path(f'refinenet/refinenet_{config}.py'))
    assert 'https://' in str(config.model)
    config.merge_from_dict({key: None})
    assert 'https://' not in str(config.model)


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
