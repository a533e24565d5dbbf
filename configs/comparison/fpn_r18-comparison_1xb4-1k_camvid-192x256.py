_base_ = './_base_/r18_camvid_crops.py'
model = dict(
    neck=_base_.feature_pyramid,
    decode_head=dict(type='FPNHead', **_base_.semantic_fpn),
)
