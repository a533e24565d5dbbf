_base_ = [
    '../_base_/models/light_weight_refinenet_efficientnet-lite0.py',
    '../_base_/datasets/camvid_256x320.py',
    '../_base_/schedules/schedule_2k_adamw_finetune.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(
        channels=128,  # for real time on a CPU
        num_classes=_base_.num_classes,
        # Rare classes weigh more: the fourth root of the median frequency
        # over their own on the training images.
        loss_decode=dict(
            type='ClassWeightedCrossEntropyLoss',
            class_weight=[
                *(0.73, 0.67, 1.48, 0.62, 1.0, 0.81),
                *(1.4, 1.19, 0.94, 1.59, 1.73),
            ],
            avg_non_ignore=True,
        ),
    ),
)
