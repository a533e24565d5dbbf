_base_ = ['./camvid.py', '../pipelines/camvid_360x480.py']
train_dataloader = _base_.train_loading
val_dataloader = _base_.test_loading
test_dataloader = _base_.test_loading
val_evaluator = _base_.with_boundaries
test_evaluator = _base_.with_boundaries
