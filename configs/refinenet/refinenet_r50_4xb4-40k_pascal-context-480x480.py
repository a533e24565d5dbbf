_base_ = [
    '../_base_/models/refinenet_r50.py',
    '../_base_/datasets/pascal_context_480x480.py',
    '../_base_/schedules/schedule_40k_pascal_context.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes),
    # as mmseg's model zoo tests on this data set
    test_cfg=dict(mode='slide', crop_size=_base_.crop_size, stride=(320, 320)),
)
