# Tests at the images' own size, as the PyTorch ports do.
_base_ = './pascal_voc12_aug_512x512.py'
test_pipeline = _base_.unscaled_pipeline
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
