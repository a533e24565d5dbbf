# How small images are loaded, and scores with the edges of the classes
train_dataloader = dict(
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
)
test_dataloader = val_dataloader
# One alone in tests: mmseg's own test.py --out wants it so.
test_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
val_evaluator = [test_evaluator, dict(type='TrimapIoUMetric')]
