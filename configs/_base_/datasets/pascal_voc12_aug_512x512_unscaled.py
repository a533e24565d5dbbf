# Tests at the images' own size, as the PyTorch ports do.
_base_ = './pascal_voc12_aug_512x512.py'
test_pipeline = [
    step for step in _base_.test_pipeline if step['type'] != 'Resize'
]
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
