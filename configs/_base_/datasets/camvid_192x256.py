# CamVid in crops, for small budgets; tested at its own size
_base_ = './camvid_360x480.py'
crop_size = (192, 256)
changes = dict(
    RandomResize=dict(ratio_range=(0.5, 1.5)),
    RandomCrop=dict(crop_size=crop_size),
)
train_pipeline = [
    {**step, **changes.get(step['type'], {})} for step in _base_.train_pipeline
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
