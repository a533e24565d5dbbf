_base_ = './refinenet_r50.py'
model = dict(
    backbone=dict(
        type='ResNetV1d',
        # mmpretrain's weights: its ResNetV1d has convolution and norm of the
        # stem in one module, and no pooling of size 1 in the first shortcut.
        init_cfg=dict(
            type='RenamedPretrained',
            checkpoint='https://mmassets.onedl.ai/mmclassification/v0/resnet/resnetv1d50_b32x8_imagenet_20210531-db14775a.pth',
            renames=[
                (r'^backbone\.', ''),
                (r'^stem\.0\.conv\.', 'stem.0.'),
                (r'^stem\.0\.bn\.', 'stem.1.'),
                (r'^stem\.1\.conv\.', 'stem.3.'),
                (r'^stem\.1\.bn\.', 'stem.4.'),
                (r'^stem\.2\.conv\.', 'stem.6.'),
                (r'^stem\.2\.bn\.', 'stem.7.'),
                (r'^layer1\.0\.downsample\.1\.', 'layer1.0.downsample.2.'),
                (r'^layer1\.0\.downsample\.0\.', 'layer1.0.downsample.1.'),
            ],
        ),
    )
)
