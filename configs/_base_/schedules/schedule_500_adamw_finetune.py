# A short schedule at a high rate, for small data sets
_base_ = './schedule_1k_adamw_finetune.py'
optim_wrapper = dict(
    optimizer=dict(lr=2e-3),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.5))),
)
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=500),
]
train_cfg = dict(max_iters=500, val_interval=500)
default_hooks = dict(logger=dict(interval=10), checkpoint=dict(interval=250))
