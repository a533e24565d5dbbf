_base_ = ['./nyudv2.py', '../pipelines/paper_400x400.py']
train_dataloader = _base_.train_loading
val_dataloader = _base_.test_loading
test_dataloader = _base_.test_loading
