# SGD, the backbone ten times slower, one cut by 10. The paper cuts by hand,
# once validation stops improving: the released demonstration on VOC after 70
# epochs of at most 1,464 images, about 100k iterations. The end is ours.
_base_ = './schedule_20k.py'
optim_wrapper = dict(
    optimizer=dict(lr=5e-4),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.1))),
)
param_scheduler = [
    dict(
        type='MultiStepLR',
        milestones=[100000],
        gamma=0.1,
        begin=0,
        end=150000,
        by_epoch=False,
    )
]
# Known before the data are: a training that is resumed draws the same images.
randomness = dict(seed=0)
train_cfg = dict(max_iters=150000, val_interval=10000)
default_hooks = dict(checkpoint=dict(interval=10000))
