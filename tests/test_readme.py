"""The examples of the README are complete."""

import re
import textwrap
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS

ROOT = Path(__file__).parents[1]
README = ROOT / 'README.md'


def blocks():
    text = README.read_text()
    found = re.findall(r'^( *)```python\n(.*?)^ *```', text, re.M | re.S)
    return [textwrap.dedent(code) for _, code in found]


def block_with(words):
    (code,) = [code for code in blocks() if words in code]
    return code


@pytest.mark.parametrize(
    ('words', 'head', 'num_classes'),
    [
        ('mmseg::pspnet', 'RefineNetHead', 19),
        ('mmseg::fcn', 'LightWeightRefineNetHead', 21),
        ('FolderDataset', 'RefineNetHead', 2),
    ],
)
def test_example_configs_build(tmp_path, words, head, num_classes):
    path = tmp_path / 'example.py'
    path.write_text(block_with(words))
    config = Config.fromfile(path)
    with torch.device('meta'):
        model = MODELS.build(config.model)
    assert type(model.decode_head).__name__ == head
    assert model.decode_head.num_classes == num_classes


def test_the_example_data_set_on_weights_that_pip_installs(tmp_path):
    _, content = block_with('FolderDataset').split('\n', 1)
    path = tmp_path / 'example.py'
    path.write_text(block_with('schedule_2k_adamw_finetune') + content)
    config = Config.fromfile(path)
    assert config.model.backbone.init_cfg.type == 'EfficientNetLitePretrained'
    assert config.train_cfg.max_iters == 2000
    assert config.train_dataloader.dataset.type == 'FolderDataset'
    with torch.device('meta'):
        assert MODELS.build(config.model).decode_head.num_classes == 2


def test_the_example_with_the_head_is_15_lines():
    assert len(block_with('mmseg::pspnet').splitlines()) <= 15


def test_the_example_of_a_custom_part_builds():
    exec(block_with('class AveragePooling'), {})
    head = MODELS.build(
        dict(
            type='RefineNetHead',
            in_channels=[4],
            channels=4,
            num_classes=2,
            pooling=dict(type='AveragePooling', size=7),
        )
    )
    assert head([torch.randn(1, 4, 9, 9)]).shape == (1, 2, 9, 9)
    MODELS.module_dict.pop('AveragePooling')


def test_links_have_targets():
    links = re.findall(r'\]\((?!http)([^)]+)\)', README.read_text())
    assert links
    files = [link.partition('#')[0] for link in links]
    assert not [file for file in files if not (README.parent / file).exists()]


CONFIG_NAME = r'(?:light_weight_)?refinenet_[\w-]+-\d+x\d+'


@pytest.mark.parametrize(
    'path',
    [
        'README.md',
        'configs/refinenet/README.md',
        'docs/checkpoints.md',
        'docs/reproduce.md',
    ],
)
def test_configs_that_the_docs_name_exist(path):
    names = set(re.findall(CONFIG_NAME, (ROOT / path).read_text()))
    configs = {path.stem for path in ROOT.glob('configs/refinenet/*.py')}
    assert names
    assert not names - configs


def test_every_published_number_has_its_command():
    """Every number in the configs' README has its command on the page."""
    numbers = (ROOT / 'configs' / 'refinenet' / 'README.md').read_text()
    page = set(
        re.findall(CONFIG_NAME, (ROOT / 'docs/reproduce.md').read_text())
    )
    published = {
        re.search(CONFIG_NAME, row)[0]
        for row in numbers.splitlines()
        if '1xb1-paper' in row and re.search(r'\| \d\d\.\d ', row)
    }
    assert len(published) > 20
    assert not published - page
