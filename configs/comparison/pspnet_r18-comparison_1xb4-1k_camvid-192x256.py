_base_ = './_base_/r18_camvid_crops.py'
model = dict(
    backbone=_base_.stride_8,
    decode_head=dict(type='PSPHead', **_base_.deepest_level),
)
