# From ImageNet weights, which learn more slowly than the head. In fp32: the
# gradients of depthwise convolutions are slow in bf16 on a CPU.
_base_ = './schedule_1k_adamw.py'
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(lr=1e-3),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.3))),
)
default_hooks = dict(checkpoint=dict(interval=250, max_keep_ckpts=2))
