"""Every config parses, builds, and is what its name says."""

import re
from functools import cache
from pathlib import Path

import pytest
import torch
import yaml
from mmengine.config import Config
from mmseg.registry import DATASETS, OPTIM_WRAPPERS
from support.config_networks import on_meta_device

import refinenet_mmseg
from refinenet_mmseg.evaluation.results import read_result

ROOT = Path(refinenet_mmseg.config_path('_base_/default_runtime.py')).parents[
    1
]
CONFIGS = sorted(
    path.relative_to(ROOT) for path in ROOT.glob('refinenet/*.py')
)
NAME = re.compile(
    r'(?P<head>light_weight_refinenet|refinenet)'
    r'_(?P<backbone>r(?P<depth>\d+)(-v1[cd])?|x50-32x4d|mobilenet-v2|hr18'
    r'|swin-tiny|convnext-tiny|efficientnet-(b0|lite[012]))'
    r'(?P<variant>-single|-2-cascaded|-2-scale|-no-pooling'
    r'|(-2-stage)?(-improved)?-pooling)?'
    r'(?P<scratch>-scratch)?(?P<published>-published)?'
    r'_(?P<gpus>\d+)xb(?P<batch>\d+)-((?P<iterations>\d+k?)|(?P<paper>paper))'
    r'_(?P<data>[a-z0-9]+(-[a-z]+)*)-(?P<height>\d+)x(?P<width>\d+)\.py'
)
# Class, where its weights come from, and its name in the metafile
BACKBONES = {
    'r50-v1c': ('ResNetV1c', '/resnet50_v1c-', 'R-50-C'),
    'r50-v1d': ('ResNetV1d', '/resnetv1d50_', 'R-50-D'),
    'x50-32x4d': ('ResNeXt', '/resnext50_32x4d_', 'X-50-32x4d'),
    'mobilenet-v2': ('MobileNetV2', '/mobilenet_v2_', 'M-V2'),
    'hr18': ('HRNet', '/hrnetv2_w18-', 'HRNetV2-W18'),
    'swin-tiny': ('SwinTransformer', '/swin_tiny_', 'Swin-T'),
    'convnext-tiny': ('mmpretrain.ConvNeXt', '/convnext-tiny_', 'ConvNeXt-T'),
    'efficientnet-b0': (
        'mmpretrain.EfficientNet',
        '/efficientnet-b0_',
        'EfficientNet-B0',
    ),
    **{
        f'efficientnet-lite{number}': (
            'TIMMBackbone',
            f'tf_efficientnet_lite{number}',
            f'EfficientNet-Lite{number}',
        )
        for number in range(3)
    },
}
HEADS = {
    'refinenet': 'RefineNetHead',
    'light_weight_refinenet': 'LightWeightRefineNetHead',
}
DATA = {
    'shapes': 'ShapesDataset',
    'camvid': 'CamVidDataset',
    'voc12aug': 'PascalVOCAugDataset',
    'pascal-context': 'PascalContextDataset',
    'cityscapes': 'CityscapesDataset',
    'ade20k': 'ADE20KDataset',
    'nyudv2': 'NYUDv2Dataset',
    'sunrgbd': 'SUNRGBDDataset',
    'person-part': 'PascalPersonPartDataset',
}

TRAINING_DATA = {
    'shapes': 'Shapes',
    'camvid': 'CamVid',
    'voc12aug': 'Pascal VOC 2012 + Aug',
    'pascal-context': 'PASCAL-Context',
    'cityscapes': 'Cityscapes',
    'ade20k': 'ADE20K',
    'nyudv2': 'NYUDv2',
    'sunrgbd': 'SUN RGB-D',
    'person-part': 'PASCAL Person-Part',
}
# Millions of parameters at 21 classes, by head, backbone and the head's
# channels; another class has 3x3 weights for each channel and a bias more.
PARAMETERS = {
    ('refinenet', 'r18', 128): 28.38,
    ('light_weight_refinenet', 'r18', 256): 13.90,
    ('refinenet', 'r50', 256): 99.06,
    ('refinenet', 'r101', 256): 118.05,
    ('refinenet', 'r152', 256): 133.70,
    ('light_weight_refinenet', 'r50', 256): 27.36,
    ('light_weight_refinenet', 'r101', 256): 46.35,
    ('light_weight_refinenet', 'r152', 256): 61.99,
    ('light_weight_refinenet', 'mobilenet-v2', 256): 3.28,
    ('refinenet', 'efficientnet-lite0', 64): 7.31,
    ('light_weight_refinenet', 'efficientnet-lite0', 256): 5.51,
    ('light_weight_refinenet', 'efficientnet-lite0', 128): 3.66,
    ('light_weight_refinenet', 'efficientnet-lite1', 256): 6.27,
    ('light_weight_refinenet', 'efficientnet-lite2', 256): 6.93,
}


@cache
def load(path):
    if 'convnext' in path.name or 'efficientnet' in path.name:
        pytest.importorskip('torchvision', reason='mmpretrain needs it')
    return Config.fromfile(ROOT / path)


@pytest.mark.parametrize('path', CONFIGS, ids=str)
def test_parses_and_builds(path):
    config = load(path)
    model = on_meta_device(config.model)
    classes = DATASETS.get(config.train_dataloader.dataset.type).METAINFO[
        'classes'
    ]
    assert model.decode_head.num_classes == len(classes)
    name = NAME.fullmatch(path.name)
    network = (name['head'], name['backbone'], model.decode_head.channels)
    # the others are counted in test_backbones.py and test_variants.py
    if not name['variant'] and (
        network in PARAMETERS or name['backbone'] not in BACKBONES
    ):
        parameters = sum(weight.numel() for weight in model.parameters())
        a_class = 9 * model.decode_head.channels + 1
        at_21_classes = parameters - (len(classes) - 21) * a_class
        assert round(at_21_classes / 1e6, 2) == PARAMETERS[network]
    assert OPTIM_WRAPPERS.get(config.optim_wrapper.type) is not None
    assert config.default_scope == 'mmseg'
    assert config.tta_model
    assert config.tta_pipeline


@pytest.mark.parametrize('path', CONFIGS, ids=str)
def test_name_agrees_with_content(path):
    name = NAME.fullmatch(path.name)
    assert name, f'{path.name} does not follow the scheme'
    config = load(path)
    model = config.model
    assert model.decode_head.type == HEADS[name['head']]
    # the backbone itself, whatever the scales that it sees
    backbone = model.backbone.get('backbone', model.backbone)
    if name['backbone'] == 'mobilenet-v2' and name['published']:
        kind, weights = 'FullyExpandedMobileNetV2', None
    else:
        kind, weights, _ = BACKBONES.get(
            name['backbone'], ('ResNet', f'/resnet{name["depth"]}-', '')
        )
    assert backbone.type == kind
    if name['depth']:
        assert backbone.depth == int(name['depth'])
    assert config.train_dataloader.batch_size == int(name['batch'])
    if iterations := name['iterations']:
        max_iters = int(iterations.replace('k', '000'))
        assert config.train_cfg.max_iters == max_iters
    sampler = config.train_dataloader.sampler.type
    assert (sampler == 'ClassBalancedSampler') == bool(name['paper'])
    assert config.param_scheduler[-1].end == config.train_cfg.max_iters
    assert config.train_dataloader.dataset.type == DATA[name['data']]
    size = (int(name['height']), int(name['width']))
    assert tuple(model.data_preprocessor.size) == size
    crop = 'ClassBalancedCrop' if name['paper'] else 'RandomCrop'
    crops = [
        tuple(step.crop_size)
        for step in config.train_dataloader.dataset.pipeline
        if step.type == crop
    ]
    # the shapes are of the training size already
    assert crops == ([] if name['data'] == 'shapes' else [size])
    assert model.decode_head.align_corners == bool(name['published'])
    test_steps = [
        step.type for step in config.test_dataloader.dataset.pipeline
    ]
    assert ('LimitShortEdge' in test_steps) == bool(name['paper'])
    own_size = name['data'] in ('shapes', 'camvid') or name['published']
    assert ('Resize' in test_steps) == (not own_size and not name['paper'])
    # There are no ResNet weights that pip installs, for a first run.
    on_shapes = name['data'] == 'shapes' and name['depth']
    from_scratch = name['scratch'] or on_shapes
    # There are no ImageNet weights of the published MobileNet-v2.
    if from_scratch or weights is None:
        assert backbone.get('init_cfg') is None
    elif kind == 'TIMMBackbone':
        assert backbone.model_name == weights
        assert backbone.pretrained is False
        assert backbone.init_cfg == dict(type='EfficientNetLitePretrained')
    else:
        assert backbone.init_cfg.type in ('Pretrained', 'RenamedPretrained')
        assert weights in backbone.init_cfg.checkpoint


@pytest.mark.parametrize('path', CONFIGS, ids=str)
def test_data_root_relocates_all_data(path):
    config = load(path)
    for loader in ('train', 'val', 'test'):
        dataset = config[f'{loader}_dataloader'].dataset
        assert 'data_root' in dataset
        assert not any(
            str(prefix).startswith(('/', 'data/'))
            for prefix in dataset.data_prefix.values()
        )


PUBLISHED = [path for path in CONFIGS if '-published_' in path.name]


@pytest.mark.parametrize('path', PUBLISHED, ids=str)
def test_published_networks_are_as_published(path):
    model = on_meta_device(load(path).model)
    preprocessor, head = load(path).model.data_preprocessor, model.decode_head
    scaled = torch.tensor([0.485, 0.456, 0.406, 0.229, 0.224, 0.225]) * 255
    assert torch.allclose(
        torch.tensor([*preprocessor.mean, *preprocessor.std]), scaled
    )
    assert preprocessor.bgr_to_rgb
    assert not model.with_auxiliary_head
    if hasattr(model.backbone, 'style'):
        assert model.backbone.style == 'pytorch'
        assert model.backbone.deep_stem is False
    light_weight = path.name.startswith('light_weight')
    dropouts = [
        (name, module.p)
        for name, module in head.named_modules()
        if isinstance(module, torch.nn.Dropout)
    ]
    assert not [
        module
        for module in head.modules()
        if isinstance(module, torch.nn.Dropout2d) and module.p > 0
    ]
    features = [('feature_dropouts.2', 0.5), ('feature_dropouts.3', 0.5)]
    if 'mobilenet' in path.name:
        assert dropouts == []
    elif light_weight:
        assert dropouts == features
    else:
        assert sorted(dropouts) == [('dropout', 0.5), *features]


def test_leaf_configs_are_short():
    assert not [
        path
        for path in CONFIGS
        if len((ROOT / path).read_text().splitlines()) >= 15
    ]


def test_is_self_contained():
    files = sorted(ROOT.rglob('*.py'))
    assert len(files) > len(CONFIGS)
    assert not [path for path in files if '::' in path.read_text()]


def check_results(model):
    """Check that a metafile entry states the committed result, or none."""
    folders = sorted((ROOT.parent / 'results').glob(f'*/{model["Name"]}/*'))
    if not folders:
        assert not {'Weights', 'Results', 'Command'} & set(model)
        return
    result = read_result(folders[0] / 'result.json')
    (entry,) = model['Results']
    assert entry['Task'] == 'Semantic Segmentation'
    data = model['Metadata']['Training Data']
    assert entry['Dataset'] == f'{data} ({result["split"]})'
    assert entry['Metrics'] == {'mIoU': round(result['metrics']['mIoU'], 2)}
    assert model['Config'] in model['Command']
    if weights := model.get('Weights'):
        assert (ROOT.parent / weights).parent == folders[0]
        assert (ROOT.parent / weights).stat().st_size <= 30e6


def test_metafile_and_index_agree_with_the_files():
    index = yaml.safe_load((ROOT.parent / 'model-index.yml').read_text())
    listed = []
    for metafile in index['Import']:
        content = yaml.safe_load((ROOT.parent / metafile).read_text())
        collections = {item['Name'] for item in content['Collections']}
        for model in content['Models']:
            assert model['In Collection'] in collections
            path = Path(model['Config'])
            assert path.stem == model['Name']
            listed.append(path.relative_to('configs'))
            name = NAME.fullmatch(path.name)
            assert model['Metadata']['Batch Size'] == int(name['gpus']) * int(
                name['batch']
            )
            title = 'Light-Weight RefineNet'
            if name['head'] == 'refinenet':
                title = 'RefineNet'
            assert model['In Collection'] == title
            *_, backbone = BACKBONES.get(
                name['backbone'], [f'R-{name["depth"]}']
            )
            assert model['Metadata']['Architecture'] == [backbone, title]
            assert (
                model['Metadata']['Training Data']
                == TRAINING_DATA[name['data']]
            )
            check_results(model)
    assert sorted(listed) == CONFIGS


def test_readme_lists_every_config():
    readme = (ROOT / 'refinenet' / 'README.md').read_text()
    assert not [path for path in CONFIGS if path.stem not in readme]
