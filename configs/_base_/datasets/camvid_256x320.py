# CamVid in crops, in mmseg's range of scales; tested at its own size
_base_ = './camvid_360x480.py'
crop_size = (256, 320)
changes = dict(RandomCrop=dict(crop_size=crop_size))
train_pipeline = [
    {**step, **changes.get(step['type'], {})} for step in _base_.train_pipeline
]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
