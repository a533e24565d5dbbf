# AdamW in bf16: trains from random weights as well, without tuning
_base_ = './schedule_20k.py'
optim_wrapper = dict(
    type='Bf16OptimWrapper',
    optimizer=dict(_delete_=True, type='AdamW', lr=5e-4, weight_decay=0.01),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=200, by_epoch=False),
    dict(
        type='PolyLR',
        eta_min=0.0,
        power=0.9,
        begin=200,
        end=10000,
        by_epoch=False,
    ),
]
train_cfg = dict(max_iters=10000, val_interval=1000)
default_hooks = dict(checkpoint=dict(interval=1000))
