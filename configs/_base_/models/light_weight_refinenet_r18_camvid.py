# From random weights; rare classes weigh more, by the root of the median
# frequency over their own on CamVid's training images.
_base_ = './light_weight_refinenet_r18.py'
model = dict(
    backbone=dict(init_cfg=None),
    decode_head=dict(
        num_classes=11,
        loss_decode=dict(
            type='ClassWeightedCrossEntropyLoss',
            class_weight=[
                *(0.53, 0.45, 2.19, 0.39, 1.0, 0.65),
                *(1.96, 1.4, 0.89, 2.52, 2.98),
            ],
            avg_non_ignore=True,
        ),
    ),
)
