# A constant rate, then a quarter of the way down: the constant part may go on
# for longer with the same checkpoints.
_base_ = './schedule_1k_adamw.py'
param_scheduler = [
    _base_.param_scheduler[0],
    dict(
        type='LinearLR',
        start_factor=1.0,
        end_factor=0.01,
        begin=2250,
        end=3000,
        by_epoch=False,
    ),
]
train_cfg = dict(max_iters=3000, val_interval=1000)
