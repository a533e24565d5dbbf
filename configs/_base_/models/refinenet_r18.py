_base_ = './refinenet_r50.py'
model = dict(
    backbone=dict(
        depth=18,
        init_cfg=dict(
            checkpoint='https://download.pytorch.org/models/resnet18-f37072fd.pth'
        ),
    ),
    # Half the paper's width: these features are four times narrower.
    decode_head=dict(in_channels=[64, 128, 256, 512], channels=128),
)
