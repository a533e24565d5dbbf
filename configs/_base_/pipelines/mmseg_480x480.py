# PASCAL-Context, as in mmseg's model zoo
_base_ = './mmseg_512x512.py'
crop_size = (480, 480)
scale = (520, 520)
changes = dict(
    RandomResize=dict(scale=scale),
    Resize=dict(scale=scale),
    RandomCrop=dict(crop_size=crop_size),
)
train_pipeline = [
    {**step, **changes.get(step['type'], {})} for step in _base_.train_pipeline
]
test_pipeline = [
    {**step, **changes.get(step['type'], {})} for step in _base_.test_pipeline
]
train_loading = dict(dataset=dict(pipeline=train_pipeline))
test_loading = dict(dataset=dict(pipeline=test_pipeline))
