# Six levels at the paper's width, summed without another convolution
_base_ = './refinenet_mobilenet-v2.py'
model = dict(
    decode_head=dict(
        type='LightWeightRefineNetHead',
        channels=256,
        path_channels=[256, 256, 256, 256, 256, 256],
        path_fusion_conv=False,
        act_cfg=dict(type='ReLU6'),
    )
)
