"""A narrow RefineNet and a tiny FCN: configs, weights and images."""

import functools
import io

import numpy as np
import torch
from mmengine import Config
from mmengine.registry import init_default_scope
from mmseg.apis import init_model
from mmseg.registry import MODELS
from PIL import Image

CLASSES = ['sky', 'road', 'tree']
PALETTE = [[10, 20, 30], [200, 100, 0], [0, 250, 5]]
META = {'dataset_meta': {'classes': CLASSES, 'palette': PALETTE}}


def make_refinenet_config(**head):
    return Config(
        dict(
            default_scope='mmseg',
            model=dict(
                type='EncoderDecoder',
                data_preprocessor=dict(
                    type='SegDataPreProcessor',
                    mean=[127.0] * 3,
                    std=[50.0] * 3,
                    bgr_to_rgb=True,
                    size=(32, 32),
                ),
                backbone=dict(
                    type='ResNet',
                    depth=18,
                    base_channels=4,
                    stem_channels=4,
                    norm_cfg=dict(type='BN'),
                ),
                decode_head={
                    **dict(
                        type='LightWeightRefineNetHead',
                        in_channels=[4, 8, 16, 32],
                        channels=4,
                        num_classes=3,
                    ),
                    **head,
                },
                train_cfg=dict(),
                test_cfg=dict(mode='whole'),
            ),
            test_pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='PackSegInputs'),
            ],
        )
    )


@functools.cache
def refinenet_weights():
    """Draw weights under which every class is predicted somewhere."""
    init_default_scope('mmseg')
    torch.manual_seed(0)
    model = MODELS.build(make_refinenet_config().model)
    for parameter in model.parameters():
        if parameter.ndim == 4:
            torch.nn.init.kaiming_normal_(parameter)
    image = torch.from_numpy(pixels().copy()).permute(2, 0, 1).float()
    with torch.no_grad():
        scores = model.eval()((image[None] - 127) / 50)
        model.decode_head.conv_seg.bias -= scores.mean((0, 2, 3))
    return model.state_dict()


def save_refinenet_weights(path, changes={}, meta=META):
    """Save the weights, with some of them changed."""
    state_dict = {**refinenet_weights(), **changes}
    torch.save({'state_dict': state_dict, 'meta': meta}, path)
    return path


def pixels(height=40, width=56, channels=3):
    """Draw a smooth image, (H, W, C), so that JPEG changes little."""
    rough = np.random.default_rng(4).integers(0, 256, (5, 7, channels))
    image = np.stack(
        [
            np.asarray(
                Image.fromarray(rough[..., c].astype(np.uint8)).resize(
                    (width, height), Image.Resampling.BICUBIC
                )
            )
            for c in range(channels)
        ],
        -1,
    )
    return image if channels > 1 else image[..., 0]


def encode(image, suffix='.png', **options):
    """Encode an image, an array or one of Pillow's, as a file's content."""
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    stream = io.BytesIO()
    image.save(stream, Image.registered_extensions()[suffix], **options)
    return stream.getvalue()


def write_refinenet_config(folder, name='tiny.py', **head):
    """Write the config of a small RefineNet; return its path."""
    config = Config(
        dict(
            model=dict(
                type='EncoderDecoder',
                backbone=dict(
                    type='ResNet',
                    depth=18,
                    base_channels=8,
                    stem_channels=8,
                    norm_cfg=dict(type='SyncBN'),
                    init_cfg=dict(
                        type='Pretrained', checkpoint='https://nowhere/a.pth'
                    ),
                ),
                decode_head=dict(
                    type='RefineNetHead',
                    in_channels=[8, 16, 32, 64],
                    channels=16,
                    num_classes=3,
                    align_corners=False,
                    init_cfg=None,
                    **head,
                ),
            )
        )
    )
    path = folder / name
    config.dump(path)
    return path


QUARTER_TURN = 6  # EXIF orientation
ORIENTATION_TAG = 0x0112


def make_fcn_config(num_classes=3, out_channels=None):
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


def save_fcn_weights(config, path, meta=META):
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
