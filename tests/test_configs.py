from pathlib import Path

import pytest
from mmcv.transforms import LoadImageFromFile
from mmengine.config import Config
from mmseg.datasets.transforms import LoadAnnotations

import refinenet_mmseg
from refinenet_mmseg.configs import use_strict_loading

NAME = 'refinenet/refinenet_r18_1xb8-1k_shapes-160x160.py'


def test_finds_a_config_by_its_name():
    path = Path(refinenet_mmseg.config_path(NAME))
    assert path.is_absolute()
    assert path.is_file()


def test_names_the_configs_that_there_are():
    with pytest.raises(FileNotFoundError, match='refinenet_r18_1xb8-1k'):
        refinenet_mmseg.config_path('refinenet/refinenet_r19.py')


@pytest.mark.parametrize(
    'base',
    [
        "'refinenet_mmseg::" + NAME + "'",
        "__import__('refinenet_mmseg').config_path('" + NAME + "')",
        "['refinenet_mmseg::_base_/models/refinenet_r18.py',"
        " 'refinenet_mmseg::_base_/datasets/shapes_160x160.py']",
    ],
)
def test_a_users_config_inherits_ours(tmp_path, base):
    path = tmp_path / 'mine.py'
    path.write_text(
        f'_base_ = {base}\n'
        'model = dict(decode_head=dict(num_classes=3))\n'
        "train_dataloader = dict(dataset=dict(data_root='mine'))\n"
    )
    config = Config.fromfile(path)
    assert config.model.decode_head.type == 'RefineNetHead'
    assert config.model.decode_head.num_classes == 3
    assert config.train_dataloader.dataset.data_root == 'mine'
    assert config.train_dataloader.dataset.type == 'ShapesDataset'
    assert '_scope_' not in config.model.decode_head


def test_a_wrong_base_names_those_that_there_are(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text("_base_ = 'refinenet_mmseg::refinenet/refinenet_r18.py'\n")
    with pytest.raises(FileNotFoundError, match='there are: refinenet/'):
        Config.fromfile(path)


def types_of(steps):
    return [step['type'] for step in steps]


def test_every_step_that_loads_becomes_strict():
    image, labels = LoadImageFromFile, LoadAnnotations
    names = ('LoadImageFromFile', 'mmcv.LoadImageFromFile', image)
    pipeline = [dict(type=name, color_type='gray') for name in names]
    nested = [[dict(type='LoadAnnotations')], [dict(type=labels)]]
    pipeline.append(dict(type='TestTimeAug', transforms=nested))
    config = Config(dict(dataset=dict(type='X', pipeline=pipeline)))
    *images, augmented = use_strict_loading(config.dataset).pipeline
    assert types_of(images) == ['mmseg.StrictLoadImageFromFile'] * 3
    assert images[0].color_type == 'gray'
    parts = [step for steps in augmented.transforms for step in steps]
    assert types_of(parts) == ['mmseg.StrictLoadAnnotations'] * 2
    assert config.dataset.pipeline[0].type == 'LoadImageFromFile'


def test_other_steps_that_load_stay():
    others = ('LoadImageFromNDArray', 'mmcv.LoadAnnotations', 'Resize')
    pipeline = [dict(type=name) for name in others]
    assert use_strict_loading(pipeline) == pipeline
