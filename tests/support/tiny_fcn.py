"""A tiny FCN, its weights, and images for it."""

import numpy as np
import torch
from mmengine import Config
from mmseg.apis import init_model
from PIL import Image

CLASSES = ['sky', 'road', 'tree']
PALETTE = [[10, 20, 30], [200, 100, 0], [0, 250, 5]]
META = {'dataset_meta': {'classes': CLASSES, 'palette': PALETTE}}
QUARTER_TURN = 6  # EXIF orientation
ORIENTATION_TAG = 0x0112


def make_config(num_classes=3, out_channels=None):
    norm = {'type': 'BN'}
    test_pipeline = [
        {'type': 'LoadImageFromFile'},
        {'type': 'Resize', 'scale': (40, 32), 'keep_ratio': True},
        {'type': 'LoadAnnotations'},
        {'type': 'PackSegInputs'},
    ]
    head = {
        'type': 'FCNHead',
        'in_channels': 4,
        'in_index': 0,
        'channels': 4,
        'num_convs': 1,
        'concat_input': False,
        'num_classes': num_classes,
        'norm_cfg': norm,
    }
    if out_channels:
        head.update(out_channels=out_channels, threshold=0.5)
    model = {
        'type': 'EncoderDecoder',
        'data_preprocessor': {
            'type': 'SegDataPreProcessor',
            'mean': [127.0] * 3,
            'std': [50.0] * 3,
            'bgr_to_rgb': True,
        },
        'backbone': {
            'type': 'ResNet',
            'depth': 18,
            'base_channels': 4,
            'stem_channels': 4,
            'num_stages': 1,
            'strides': (1,),
            'dilations': (1,),
            'out_indices': (0,),
            'norm_cfg': norm,
        },
        'decode_head': head,
        'test_cfg': {'mode': 'whole'},
    }
    return Config({'model': model, 'test_pipeline': test_pipeline})


def save_weights(config, path, meta=META):
    """Write weights that predict every class somewhere."""
    torch.manual_seed(3)
    model = init_model(Config(config.to_dict()), device='cpu')
    torch.nn.init.normal_(model.decode_head.conv_seg.weight, std=5.0)
    content = {'state_dict': model.state_dict()}
    torch.save(content if meta is None else {**content, 'meta': meta}, path)
    return path


def draw_image(path, size=(40, 30), mode='RGB', **options):
    shape = (size[1], size[0]) if mode == 'L' else (size[1], size[0], 3)
    pixels = np.random.RandomState(5).randint(0, 256, shape, np.uint8)
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def draw_turned_image(path, size=(40, 30)):
    """Draw an image whose EXIF tag asks for a quarter turn."""
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = QUARTER_TURN
    return draw_image(path, size, exif=exif)
