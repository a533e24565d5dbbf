# How mmseg loads most data sets
_base_ = ['./mmseg_steps.py', './loading.py']
train_loading = dict(
    batch_size=4,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(pipeline=_base_.train_pipeline),
)
test_loading = dict(dataset=dict(pipeline=_base_.test_pipeline))
