# The model in the repository: what a CPU trains in two hours. Rare classes
# weigh more, by the root of the median frequency over their own.
_base_ = [
    '../_base_/models/light_weight_refinenet_r18.py',
    '../_base_/datasets/camvid_192x256.py',
    '../_base_/schedules/schedule_1k_adamw.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    backbone=dict(init_cfg=None),
    decode_head=dict(
        num_classes=_base_.num_classes,
        loss_decode=dict(
            type='CrossEntropyLoss',
            class_weight=[
                0.53,
                0.45,
                2.19,
                0.39,
                1.0,
                0.65,
                1.96,
                1.4,
                0.89,
                2.52,
                2.98,
            ],
            avg_non_ignore=True,
        ),
    ),
)
max_iters = 4000
param_scheduler = [
    _base_.param_scheduler[0],
    dict(
        type='LinearLR',
        start_factor=1.0,
        end_factor=0.01,
        begin=3 * max_iters // 4,
        end=max_iters,
        by_epoch=False,
    ),
]
train_cfg = dict(max_iters=max_iters, val_interval=1000)
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='EMAHook',
        ema_type='ExponentialMovingAverage',
        momentum=0.002,
        update_buffers=True,
    ),
]
