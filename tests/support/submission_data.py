"""A few test images for each test server, and narrow networks for them."""

from dataclasses import replace

import numpy as np
import torch
from mmengine.config import Config
from mmseg.registry import MODELS
from PIL import Image

import refinenet_mmseg
from refinenet_mmseg.submissions import get_target

CONFIGS = {
    'cityscapes': 'refinenet_r50_4xb2-80k_cityscapes-512x1024.py',
    'voc2012': 'light_weight_refinenet_r50_4xb4-20k_voc12aug-512x512.py',
    'ade20k': 'refinenet_r50_4xb4-160k_ade20k-512x512.py',
}
CITY = 'cityscapes/leftImg8bit'
VOC = 'VOCdevkit/VOC2012'
ADE = 'ade/release_test/testing'
# Width and height of each test image
IMAGES = {
    'cityscapes': {
        f'{CITY}/test/berlin/berlin_000000_000019_leftImg8bit.png': (64, 32),
        f'{CITY}/test/berlin/berlin_000001_000019_leftImg8bit.png': (64, 32),
        f'{CITY}/test/munich/munich_000000_000019_leftImg8bit.png': (64, 32),
    },
    'voc2012': {
        f'{VOC}/JPEGImages/2008_000006.jpg': (50, 37),
        f'{VOC}/JPEGImages/2008_000011.jpg': (33, 50),
        f'{VOC}/JPEGImages/2011_003276.jpg': (50, 33),
    },
    'ade20k': {
        f'{ADE}/ADE_test_00000001.jpg': (41, 60),
        f'{ADE}/ADE_test_00000002.jpg': (64, 48),
        f'{ADE}/ADE_test_00003352.jpg': (52, 39),
    },
}
# Images that are none to test
OTHERS = {
    'cityscapes': f'{CITY}/val/lindau/lindau_000000_000019_leftImg8bit.png',
    'voc2012': f'{VOC}/JPEGImages/2007_000032.jpg',
    'ade20k': 'ade/ADEChallengeData2016/images/validation/'
    'ADE_val_00000001.jpg',
}
ROOTS = {
    'cityscapes': 'cityscapes',
    'voc2012': VOC,
    'ade20k': 'ade/ADEChallengeData2016',
}
FOLDERS = {
    'cityscapes': f'{CITY}/test',
    'voc2012': f'{VOC}/JPEGImages',
    'ade20k': ADE,
}


def small_target(name, competition=None):
    """Return a test server that expects three images."""
    size = (64, 32) if name == 'cityscapes' else None
    target = get_target(name, competition)
    return replace(target, num_images=3, image_size=size)


def write_images(root, name):
    generator = np.random.default_rng(0)
    for path, size in [*IMAGES[name].items(), (OTHERS[name], (40, 30))]:
        pixels = generator.integers(0, 256, (size[1], size[0], 3), np.uint8)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(root / path)
    if name == 'voc2012':
        ids = [path.split('/')[-1][:-4] for path in IMAGES[name]]
        list_file = root / VOC / 'ImageSets/Segmentation/test.txt'
        list_file.parent.mkdir(parents=True)
        list_file.write_text('\n'.join(ids) + '\n')


def narrow_config(name, root):
    """Load a config of this package, with a narrow network, small images."""
    config = Config.fromfile(
        refinenet_mmseg.config_path(f'refinenet/{CONFIGS[name]}')
    )
    config.merge_from_dict(
        {'model.backbone': dict(stem_channels=8, base_channels=4)}
    )
    config.model.backbone.init_cfg = None
    config.model.backbone.norm_cfg = dict(type='BN')
    head = config.model.decode_head
    head.in_channels = [16, 32, 64, 128]
    head.channels //= 32
    if head.get('path_channels'):
        head.path_channels = [width // 32 for width in head.path_channels]
    head.init_cfg = None
    resize = dict(type='Resize', scale=(64, 48), keep_ratio=True)
    for pipeline in (
        config.test_pipeline,
        config.test_dataloader.dataset.pipeline,
    ):
        (index,) = [i for i, s in enumerate(pipeline) if s.type == 'Resize']
        pipeline[index] = resize
    augmentations = config.tta_pipeline[1].transforms
    augmentations[0] = augmentations[0][1:3]  # two of six sizes
    config.test_dataloader.dataset.data_root = str(root / ROOTS[name])
    return config


def save_weights(config, path, meta=None, seed=0):
    """Write weights that predict every class somewhere."""
    torch.manual_seed(seed)
    model = MODELS.build(config.model)
    torch.nn.init.normal_(model.decode_head.conv_seg.weight, std=5.0)
    content = {'state_dict': model.state_dict()}
    if meta is not None:
        content['meta'] = {'dataset_meta': meta}
    torch.save(content, path)
    return path
