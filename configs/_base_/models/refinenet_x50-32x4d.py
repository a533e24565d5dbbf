_base_ = './refinenet_r50.py'
model = dict(
    backbone=dict(
        type='ResNeXt',
        groups=32,
        base_width=4,
        init_cfg=dict(
            checkpoint='https://mmassets.onedl.ai/mmclassification/v0/resnext/resnext50_32x4d_b32x8_imagenet_20210429-56066e27.pth',
            prefix='backbone.',
        ),
    )
)
