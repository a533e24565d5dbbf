_base_ = [
    '../efficientnet-lite0.py',
    '../../../_base_/datasets/camvid_192x256.py',
    '../../../_base_/schedules/schedule_1k_adamw_finetune.py',
    '../../../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes),
)
