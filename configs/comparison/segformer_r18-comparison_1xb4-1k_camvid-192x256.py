_base_ = './_base_/r18_camvid_crops.py'
model = dict(
    decode_head=dict(
        type='SegformerHead', **_base_.all_levels, **_base_.segformer
    ),
)
