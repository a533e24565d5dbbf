_base_ = './_base_/r50_shapes.py'
model = dict(
    decode_head=dict(type='UPerHead', **_base_.all_levels, **_base_.upernet),
)
