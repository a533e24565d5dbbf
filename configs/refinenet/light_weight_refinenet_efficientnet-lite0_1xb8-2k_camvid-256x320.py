_base_ = [
    '../_base_/models/light_weight_refinenet_efficientnet-lite0_camvid.py',
    '../_base_/datasets/camvid_256x320.py',
    '../_base_/schedules/schedule_2k_adamw_finetune.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(size=_base_.crop_size))
