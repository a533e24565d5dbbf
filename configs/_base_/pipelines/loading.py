# What the protocols share: images tested at their own size, the end of
# test-time augmentation with flips, loaders and scores
unscaled_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs'),
]
tta_flips = [
    [
        dict(type='RandomFlip', prob=0.0, direction='horizontal'),
        dict(type='RandomFlip', prob=1.0, direction='horizontal'),
    ],
    [dict(type='LoadAnnotations')],
    [dict(type='PackSegInputs')],
]
# What the data sets' loaders take over.
train_loading = dict(num_workers=4, persistent_workers=True)
test_loading = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
)
val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator
with_boundaries = [val_evaluator, dict(type='TrimapIoUMetric')]
