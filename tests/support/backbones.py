"""Small backbones of every family that a config of ours or mmseg's names."""

import pytest
import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch.nn.modules.batchnorm import _BatchNorm

from support.exported_networks import HIGH_RESOLUTION, PREPROCESSOR, RESNET

STAGES = dict(num_stages=2, strides=(1, 2), dilations=(1, 1))
NARROW = dict(depth=50, stem_channels=4, base_channels=4, out_indices=(0, 1))
FOUR_STAGES = dict(RESNET, num_stages=4, strides=(1, 2, 2, 2))
FOUR_STAGES.update(dilations=(1,) * 4, out_indices=range(4))
VISION_TRANSFORMER = dict(
    img_size=64, embed_dims=8, num_layers=2, num_heads=2, out_indices=(0, 1)
)
TWINS = dict(
    embed_dims=(8, 16),
    num_heads=(1, 2),
    patch_sizes=(4, 2),
    strides=(4, 2),
    mlp_ratios=(2, 2),
    depths=(1, 1),
    sr_ratios=(4, 2),
    out_indices=(0, 1),
)
STDC = dict(
    type='STDCNet',
    stdc_type='STDCNet1',
    in_channels=3,
    channels=(4, 8, 16, 32, 64),
    bottleneck_type='cat',
    norm_cfg=dict(type='BN'),
    act_cfg=dict(type='ReLU'),
)
MMSEG_BACKBONES = {
    'resnet': RESNET,
    'resnet v1c': dict(type='ResNetV1c', **NARROW, **STAGES),
    'resnet v1d': dict(type='ResNetV1d', **NARROW, **STAGES),
    'resnext': dict(
        type='ResNeXt', groups=4, base_width=4, **NARROW, **STAGES
    ),
    'resnest': dict(type='ResNeSt', **NARROW, **STAGES),
    'hrnet': HIGH_RESOLUTION,
    'mobilenet v2': dict(
        type='MobileNetV2', widen_factor=0.25, out_indices=(1, 2, 4)
    ),
    'mobilenet v3': dict(type='MobileNetV3', arch='small'),
    'fast-scnn': dict(
        type='FastSCNN',
        downsample_dw_channels=(4, 8),
        global_in_channels=8,
        global_block_channels=(8, 8, 8),
        global_out_channels=8,
        higher_in_channels=8,
        lower_in_channels=8,
        fusion_out_channels=8,
    ),
    'unet': dict(type='UNet', base_channels=4),
    'cgnet': dict(type='CGNet', num_channels=(8, 16, 32), num_blocks=(2, 2)),
    'bisenet v1': dict(
        type='BiSeNetV1',
        backbone_cfg=FOUR_STAGES,
        spatial_channels=(4, 4, 4, 8),
        context_channels=(8, 16, 32),
        out_channels=16,
    ),
    'bisenet v2': dict(
        type='BiSeNetV2',
        detail_channels=(4, 4, 8),
        semantic_channels=(4, 4, 8, 8),
        bga_channels=8,
    ),
    'icnet': dict(
        type='ICNet',
        backbone_cfg=dict(FOUR_STAGES, type='ResNetV1c'),
        layer_channels=(8, 32),
        light_branch_middle_channels=4,
        psp_out_channels=8,
        out_channels=(4, 8, 8),
    ),
    'erfnet': dict(
        type='ERFNet',
        enc_downsample_channels=(4, 8, 16),
        enc_stage_non_bottlenecks=(1, 1),
        enc_non_bottleneck_dilations=(2,),
        enc_non_bottleneck_channels=(8, 16),
        dec_upsample_channels=(8, 4),
        dec_stages_non_bottleneck=(1, 1),
        dec_non_bottleneck_channels=(8, 4),
    ),
    'stdc': STDC,
    'stdc context path': dict(
        type='STDCContextPathNet',
        backbone_cfg=STDC,
        last_in_channels=(64, 32),
        out_channels=8,
        ffm_cfg=dict(in_channels=24, out_channels=8, scale_factor=4),
    ),
    'ddrnet': dict(type='DDRNet', channels=4, ppm_channels=4),
    'pidnet': dict(type='PIDNet', channels=4, ppm_channels=4),
    'mscan': dict(
        type='MSCAN',
        embed_dims=[8, 16],
        mlp_ratios=[2, 2],
        depths=[1, 1],
        num_stages=2,
    ),
    'swin': dict(
        type='SwinTransformer',
        embed_dims=8,
        depths=(2, 1),
        num_heads=(1, 2),
        strides=(4, 2),
        out_indices=(0, 1),
        window_size=3,
    ),
    'vision transformer': dict(type='VisionTransformer', **VISION_TRANSFORMER),
    'beit': dict(type='BEiT', **VISION_TRANSFORMER),
    'mae': dict(type='MAE', **VISION_TRANSFORMER),
    'mix transformer': dict(
        type='MixVisionTransformer',
        embed_dims=8,
        num_stages=2,
        num_layers=[1, 1],
        num_heads=[1, 2],
        patch_sizes=[7, 3],
        strides=[4, 2],
        sr_ratios=[4, 2],
        out_indices=(0, 1),
    ),
    'pcpvt': dict(type='PCPVT', **TWINS),
    'svt': dict(type='SVT', windiow_sizes=[3, 3], **TWINS),
}
OWN_BACKBONES = {
    'several scales': dict(
        type='MultiScaleBackbone', backbone=RESNET, scales=(1.2, 0.6)
    ),
    'fully expanded mobilenet': dict(
        type='FullyExpandedMobileNetV2', widen_factor=0.25, out_indices=(1, 2)
    ),
}
MMPRETRAIN_BACKBONES = {
    'convnext': dict(
        type='mmpretrain.ConvNeXt',
        arch=dict(depths=[1, 1], channels=[8, 16]),
        out_indices=(0, 1),
        gap_before_final_norm=False,
    ),
    'efficientnet': dict(
        type='mmpretrain.EfficientNet', arch='b0', out_indices=(1, 2)
    ),
    'poolformer': dict(
        type='mmpretrain.PoolFormer',
        arch=dict(
            layers=[1, 1],
            embed_dims=[8, 16],
            mlp_ratios=[2, 2],
            layer_scale_init_value=1e-5,
        ),
        out_indices=(0, 2),
    ),
}
# A block of each kind that timm has
TIMM_BACKBONES = {
    f'timm {name}': dict(
        type='TIMMBackbone', model_name=name, pretrained=False
    )
    for name in (
        'tf_efficientnet_lite0',
        'efficientnet_lite0',
        'tf_efficientnetv2_b0',
        'mobilenetv2_035',
        'mobilenetv3_small_050',
        'mnasnet_small',
        'mixnet_s',
        'resnet18',
        'regnetx_002',
        'resnetv2_18',
        'densenet121',
        'hrnet_w18_small',
        'repvgg_a0',
        'ese_vovnet19b_dw',
        'xception41',
        'convnext_atto',
        'levit_128s',
    )
}
BACKBONES = {
    **MMSEG_BACKBONES,
    **OWN_BACKBONES,
    **MMPRETRAIN_BACKBONES,
    **TIMM_BACKBONES,
}
# The number of batch norms that cannot be folded: after a concatenation, a
# pooling, a linear layer or a transposed convolution, or before a convolution
UNFOLDABLE = {
    'cgnet': 7,
    'bisenet v2': 1,
    'erfnet': 5,
    'ddrnet': 14,
    'pidnet': 13,
    'mscan': 4,
    'timm mixnet_s': 34,
    'timm resnetv2_18': 8,
    'timm densenet121': 62,
    'timm repvgg_a0': 17,
    'timm levit_128s': 46,
}


def build_on_backbone(config):
    """Build a network whose logits depend on all features of a backbone."""
    init_default_scope('mmseg')
    if config['type'].startswith('mmpretrain.'):
        pytest.importorskip('torchvision', reason='mmpretrain needs it')
        import mmpretrain.models  # noqa: F401
    if config['type'] == 'TIMMBackbone':
        pytest.importorskip('timm')
    torch.manual_seed(0)
    size = config.get('img_size', 224)
    backbone = MODELS.build(dict(config))
    backbone.eval()
    with torch.no_grad():
        features = backbone(torch.randn(1, 3, size, size))
    head = dict(channels=4, num_classes=3, norm_cfg=dict(type='BN'))
    if isinstance(features, torch.Tensor):  # of DDRNet and PIDNet
        head['type'] = config['type'].replace('Net', 'Head')
        head['in_channels'] = features.shape[1]
    else:
        head.update(
            type='FCNHead',
            in_channels=[feature.shape[1] for feature in features],
            in_index=list(range(len(features))),
            input_transform='resize_concat',
            align_corners=False,
            init_cfg=None,
        )
    model = MODELS.build(
        dict(
            type='EncoderDecoder',
            data_preprocessor=dict(PREPROCESSOR),
            backbone=dict(config),
            decode_head=head,
        )
    ).eval()
    randomize_batch_norms(model)
    return model


def randomize_batch_norms(model):
    """Make them matter, as those of a trained network do."""
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            torch.nn.init.normal_(module.running_mean, std=0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.2)
