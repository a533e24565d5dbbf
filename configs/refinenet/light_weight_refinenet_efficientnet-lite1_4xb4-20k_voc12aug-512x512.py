_base_ = [
    '../_base_/models/light_weight_refinenet_efficientnet-lite1.py',
    '../_base_/datasets/pascal_voc12_aug_512x512.py',
    '../_base_/schedules/schedule_20k.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes),
)
