# What all compared networks share: a ResNet-50 from random weights, whole
# images, one cross entropy and no auxiliary head. From a checkpoint:
# --cfg-options model.backbone.init_cfg.type=Pretrained
# model.backbone.init_cfg.checkpoint=FILE
_base_ = '../../_base_/models/imagenet_images.py'
norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    backbone=dict(type='ResNet', depth=50, norm_cfg=norm_cfg, style='pytorch'),
    decode_head=dict(
        align_corners=False,
        loss_decode=dict(
            type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.0
        ),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
# What the heads are told, with the widths of mmseg's model zoo.
stride_8 = dict(strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4))
deepest_level = dict(
    in_channels=2048, in_index=3, channels=512, norm_cfg=norm_cfg
)
deeplabv3plus = dict(
    dilations=(1, 12, 24, 36), c1_in_channels=256, c1_channels=48
)
all_levels = dict(in_channels=[256, 512, 1024, 2048], in_index=[0, 1, 2, 3])
upernet = dict(channels=512, norm_cfg=norm_cfg)
segformer = dict(channels=256, norm_cfg=norm_cfg)
feature_pyramid = dict(
    type='FPN',
    in_channels=[256, 512, 1024, 2048],
    out_channels=256,
    num_outs=4,
)
semantic_fpn = dict(
    in_channels=[256, 256, 256, 256],
    in_index=[0, 1, 2, 3],
    feature_strides=[4, 8, 16, 32],
    channels=128,
    norm_cfg=norm_cfg,
)
# The light-weight head is as wide on every backbone.
# From random weights, N(0, 0.01) would starve the backbone of gradient.
refinenet = dict(channels=256, init_cfg=None)
light_weight_refinenet = dict(channels=256)
