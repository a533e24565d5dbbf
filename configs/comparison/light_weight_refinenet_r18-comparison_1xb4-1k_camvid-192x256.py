_base_ = './_base_/r18_camvid_crops.py'
model = dict(
    decode_head=dict(
        type='LightWeightRefineNetHead',
        **_base_.all_levels,
        **_base_.light_weight_refinenet,
    ),
)
