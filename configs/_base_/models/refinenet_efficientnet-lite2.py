_base_ = './refinenet_efficientnet-lite0.py'
model = dict(
    backbone=dict(model_name='tf_efficientnet_lite2'),
    decode_head=dict(in_channels=[24, 48, 120, 352]),
)
