# What the protocols share: what the data sets' loaders take over, and scores
train_loading = dict(num_workers=4, persistent_workers=True)
test_loading = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
)
val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
test_evaluator = val_evaluator
