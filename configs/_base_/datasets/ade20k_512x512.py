_base_ = ['./ade20k.py', '../pipelines/mmseg_512x512.py']
train_dataloader = _base_.train_loading
val_dataloader = _base_.test_loading
test_dataloader = _base_.test_loading
