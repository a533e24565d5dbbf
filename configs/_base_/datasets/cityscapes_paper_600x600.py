_base_ = ['./cityscapes.py', '../pipelines/paper_600x600.py']
train_dataloader = _base_.train_loading
val_dataloader = _base_.test_loading
test_dataloader = _base_.test_loading
