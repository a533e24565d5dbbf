# The stem of 3x3 convolutions with which mmseg's own heads run
_base_ = './refinenet_r50.py'
model = dict(
    backbone=dict(
        type='ResNetV1c',
        init_cfg=dict(
            checkpoint='https://mmassets.onedl.ai/pretrain/third_party/resnet50_v1c-2cccc1ad.pth'
        ),
    )
)
