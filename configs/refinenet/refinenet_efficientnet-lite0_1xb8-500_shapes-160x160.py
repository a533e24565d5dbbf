_base_ = [
    '../_base_/models/refinenet_efficientnet-lite0_shapes.py',
    '../_base_/datasets/shapes_160x160.py',
    '../_base_/schedules/schedule_500_adamw_finetune.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes),
)
