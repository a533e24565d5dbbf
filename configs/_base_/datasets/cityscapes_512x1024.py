_base_ = ['./cityscapes.py', '../pipelines/mmseg_512x1024.py']
train_dataloader = _base_.train_loading
val_dataloader = _base_.test_loading
test_dataloader = _base_.test_loading
