# Seconds of training with all that is random: draws, augmentation, dropout.
_base_ = '../../configs/refinenet/light_weight_refinenet_r18_1xb8-1k_shapes-160x160.py'  # noqa: E501
crop_size = (64, 64)
model = dict(
    data_preprocessor=dict(size=crop_size),
    backbone=dict(base_channels=8, stem_channels=8),
    decode_head=dict(in_channels=[8, 16, 32, 64], channels=8),
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(
        type='RandomResize',
        scale=crop_size,
        ratio_range=(0.5, 2.0),
        keep_ratio=True,
    ),
    dict(type='RandomCrop', crop_size=crop_size, cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
data_root = 'data'
train_dataloader = dict(
    batch_size=2,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(data_root=data_root, pipeline=train_pipeline),
)
val_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    dataset=dict(data_root=data_root),
)
test_dataloader = val_dataloader
# Not in bf16, which an older CPU computes slowly.
optim_wrapper = dict(type='OptimWrapper')
param_scheduler = [
    dict(type='PolyLR', eta_min=0.0, power=0.9, end=60, by_epoch=False)
]
train_cfg = dict(max_iters=60, val_interval=10)
default_hooks = dict(
    logger=dict(interval=1),
    checkpoint=dict(interval=5, max_keep_ckpts=1),
)
custom_hooks = [
    dict(type='ChannelsLastHook'),
    dict(type='StopOnNonFiniteLossHook'),
    # So quick that its scores follow the training's.
    dict(type='EMAHook', momentum=0.2),
]
