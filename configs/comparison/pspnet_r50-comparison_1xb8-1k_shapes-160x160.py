_base_ = './_base_/r50_shapes.py'
model = dict(
    backbone=_base_.stride_8,
    decode_head=dict(type='PSPHead', **_base_.deepest_level),
)
