# What all compared networks share: a ResNet-18 from random weights, whole
# images, one cross entropy and no auxiliary head. From a checkpoint:
# --cfg-options model.backbone.init_cfg.type=Pretrained
# model.backbone.init_cfg.checkpoint=FILE
_base_ = '../../_base_/models/imagenet_images.py'
model = dict(
    type='EncoderDecoder',
    backbone=dict(
        type='ResNet',
        depth=18,
        norm_cfg=dict(type='SyncBN', requires_grad=True),
        style='pytorch',
    ),
    decode_head=dict(
        align_corners=False,
        loss_decode=dict(
            type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.0
        ),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
