_base_ = ['./pascal_context.py', '../pipelines/mmseg_480x480.py']
train_dataloader = _base_.train_loading
val_dataloader = _base_.test_loading
test_dataloader = _base_.test_loading
