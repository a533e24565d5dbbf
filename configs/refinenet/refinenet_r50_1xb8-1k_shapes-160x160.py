_base_ = [
    '../_base_/models/refinenet_r50.py',
    '../_base_/datasets/shapes_160x160.py',
    '../_base_/schedules/schedule_1k_adamw.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    # From random weights: a first run downloads nothing. N(0, 0.01) would
    # starve a network without pretrained features of gradient.
    backbone=dict(init_cfg=None),
    decode_head=dict(num_classes=_base_.num_classes, init_cfg=None),
)
