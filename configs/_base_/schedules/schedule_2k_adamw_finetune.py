_base_ = './schedule_1k_adamw_finetune.py'
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=2000),
]
train_cfg = dict(max_iters=2000)
