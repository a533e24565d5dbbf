"""Small networks of every family, which are quick to export."""

import copy

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from refinenet_mmseg.deployment.exportable_layers import make_exportable

NORM = dict(type='BN')
RESNET = dict(
    type='ResNet',
    depth=18,
    stem_channels=4,
    base_channels=4,
    num_stages=2,
    strides=(1, 2),
    dilations=(1, 1),
    out_indices=(0, 1),
    norm_cfg=NORM,
)
HEAD = dict(
    type='RefineNetHead',
    num_adapt_units=1,
    num_output_units=1,
    pooling=dict(num_stages=1),
    channels=4,
)
LIGHT_WEIGHT = dict(
    type='LightWeightRefineNetHead', pooling=dict(num_stages=2), channels=4
)
# The finest block pools with depthwise convolutions.
DEPTHWISE = dict(
    LIGHT_WEIGHT,
    pooling=[dict(num_stages=2), dict(num_stages=2, depthwise=True)],
)
HIGH_RESOLUTION = dict(
    type='HRNet',
    norm_cfg=NORM,
    norm_eval=False,
    extra={
        'stage1': dict(
            num_modules=1,
            num_branches=1,
            block='BOTTLENECK',
            num_blocks=(1,),
            num_channels=(64,),
        ),
        **{
            f'stage{branches}': dict(
                num_modules=1,
                num_branches=branches,
                block='BASIC',
                num_blocks=(1,) * branches,
                num_channels=(4, 8, 8, 8)[:branches],
            )
            for branches in (2, 3, 4)
        },
    },
)

# A backbone, the channels of its two feature levels, and a head
FAMILIES = {
    'resnet': (RESNET, [4, 8], HEAD),
    'resnet light-weight': (RESNET, [4, 8], LIGHT_WEIGHT),
    'resnet light-weight depthwise': (RESNET, [4, 8], DEPTHWISE),
    # Several scales are exported with the configs at full size: torch takes
    # a minute to reason about the sizes of their sum.
    'another scale': (
        dict(type='MultiScaleBackbone', backbone=RESNET, scales=(1.2,)),
        [4, 8],
        LIGHT_WEIGHT,
    ),
    'mobilenet': (
        dict(
            type='FullyExpandedMobileNetV2',
            widen_factor=0.25,
            out_indices=(1, 2),
            norm_cfg=NORM,
        ),
        [8, 8],
        LIGHT_WEIGHT,
    ),
    'hrnet': (
        HIGH_RESOLUTION,
        [4, 8],
        dict(LIGHT_WEIGHT, in_index=[0, 1]),
    ),
    'swin': (
        dict(
            type='SwinTransformer',
            embed_dims=8,
            depths=(2, 1),
            num_heads=(1, 2),
            strides=(4, 2),
            out_indices=(0, 1),
            window_size=3,
        ),
        [8, 16],
        LIGHT_WEIGHT,
    ),
    'convnext': (
        dict(
            type='mmpretrain.ConvNeXt',
            arch=dict(depths=[1, 1], channels=[8, 16]),
            out_indices=(0, 1),
            gap_before_final_norm=False,
        ),
        [8, 16],
        LIGHT_WEIGHT,
    ),
    'efficientnet': (
        dict(type='mmpretrain.EfficientNet', arch='b0', out_indices=(1, 2)),
        [16, 24],
        LIGHT_WEIGHT,
    ),
    'efficientnet-lite': (
        dict(
            type='TIMMBackbone',
            model_name='tf_efficientnet_lite0',
            pretrained=False,
            out_indices=(1, 2),
        ),
        [24, 40],
        LIGHT_WEIGHT,
    ),
}
# mmseg's own heads, on two levels of a ResNet
HEADS = {
    'fcn': dict(type='FCNHead', in_channels=8, in_index=1, num_convs=1),
    'pspnet': dict(type='PSPHead', in_channels=8, in_index=1),
    'deeplabv3plus': dict(
        type='DepthwiseSeparableASPPHead',
        in_channels=8,
        in_index=1,
        dilations=(1, 6),
        c1_in_channels=4,
        c1_channels=4,
    ),
    'upernet': dict(
        type='UPerHead',
        in_channels=[4, 8],
        in_index=[0, 1],
        pool_scales=(1, 3),
    ),
    'fpn': dict(
        type='FPNHead',
        in_channels=[4, 4],
        in_index=[0, 1],
        feature_strides=[4, 8],
    ),
    'segformer': dict(
        type='SegformerHead', in_channels=[4, 8], in_index=[0, 1]
    ),
}
# Heights and widths of feature maps
SIZES = [(7, 7), (8, 13), (21, 6), (1, 30), (33, 47)]
FEATURE_PYRAMID = dict(
    type='FPN', in_channels=[4, 8], out_channels=4, num_outs=2
)
TEST_PIPELINE = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs'),
]
PREPROCESSOR = dict(
    type='SegDataPreProcessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True,
    size=(72, 104),
)


def make_config(name='resnet light-weight', num_classes=3, **preprocessor):
    """Return the config of a family, or of one of HEADS on a ResNet."""
    if name in FAMILIES:
        backbone, widths, head = FAMILIES[name]
        head = dict(head, in_channels=widths)
    else:
        backbone = RESNET
        head = dict(HEADS[name], channels=4, norm_cfg=NORM)
    model = dict(
        type='EncoderDecoder',
        data_preprocessor=dict(PREPROCESSOR, **preprocessor),
        backbone=backbone,
        decode_head=dict(
            head, num_classes=num_classes, align_corners=False, init_cfg=None
        ),
        test_cfg=dict(mode='whole'),
    )
    if name == 'fpn':
        model['neck'] = FEATURE_PYRAMID
    if backbone['type'].startswith('mmpretrain.'):
        pytest.importorskip('torchvision', reason='mmpretrain needs it')
        import mmpretrain.models  # noqa: F401
    return Config(
        copy.deepcopy(dict(model=model, test_pipeline=TEST_PIPELINE))
    )


def build(config):
    """Build the network of a config, in the state of a trained one."""
    init_default_scope('mmseg')
    model = revert_sync_batchnorm(MODELS.build(config.model)).eval()
    for name, tensor in model.named_buffers():
        if name.endswith('running_mean'):
            torch.nn.init.normal_(tensor, std=0.1)
        elif name.endswith('running_var'):
            torch.nn.init.uniform_(tensor, 0.5, 2)
    # Enough contrast, and no class above the others everywhere
    classifier = model.decode_head.conv_seg
    torch.nn.init.normal_(classifier.weight, std=0.5)
    with torch.no_grad():
        logits = model._forward(torch.randn(1, 3, 72, 104))
        classifier.bias -= logits.mean((0, 2, 3))
    model.cfg = config
    classes = range(max(2, config.model.decode_head.num_classes))
    model.dataset_meta = dict(
        classes=[f'class {c}' for c in classes],
        palette=[[c, 2 * c, 200] for c in classes],
    )
    return model


def plain_logits(model, images):
    """Compute logits at the size of normalized images, as mmseg does."""
    with torch.no_grad():
        return F.interpolate(
            model._forward(images),
            images.shape[2:],
            mode='bilinear',
            align_corners=model.align_corners,
        )


def check_replacement(layer, *inputs):
    """Check that a layer is replaced, and the replacement's output."""
    replacement = make_exportable(layer)
    assert type(replacement) is not type(layer)
    expected, computed = layer(*inputs), replacement(*inputs)
    if isinstance(expected, tuple):
        assert computed[1] == tuple(expected[1])
        expected, computed = expected[0], computed[0]
    torch.testing.assert_close(computed, expected, rtol=1e-5, atol=1e-5)
