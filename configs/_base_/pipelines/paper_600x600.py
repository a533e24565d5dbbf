# Cityscapes: a larger crop, and larger images at test time
_base_ = './paper_400x400.py'
crop_size = (600, 600)
train_pipeline = [
    {**step, 'crop_size': crop_size}
    if step['type'] == 'ClassBalancedCrop'
    else step
    for step in _base_.train_pipeline
]
test_limits = dict(type='LimitShortEdge', minimum=600, maximum=1100)
test_pipeline = [
    test_limits if step['type'] == 'LimitShortEdge' else step
    for step in _base_.test_pipeline
]
tta_pipeline = [
    test_limits if step['type'] == 'LimitShortEdge' else step
    for step in _base_.tta_pipeline
]
train_loading = dict(dataset=dict(pipeline=train_pipeline))
test_loading = dict(dataset=dict(pipeline=test_pipeline))
