# What all compared networks share: EfficientNet-Lite0 with ImageNet weights,
# whole images, one cross entropy, no auxiliary head, heads of 128 channels.
_base_ = '../../_base_/models/refinenet_efficientnet-lite0.py'
model = dict(
    decode_head=dict(
        _delete_=True,
        channels=128,
        align_corners=False,
        loss_decode=dict(
            type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.0
        ),
    ),
)
