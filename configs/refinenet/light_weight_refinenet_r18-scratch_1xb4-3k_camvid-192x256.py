# The model in the repository: what a CPU trains in two hours
_base_ = [
    '../_base_/models/light_weight_refinenet_r18_camvid.py',
    '../_base_/datasets/camvid_192x256.py',
    '../_base_/schedules/schedule_3k_adamw.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(size=_base_.crop_size))
# For photos of any size; CamVid's own are of this one.
resize = dict(type='Resize', scale=(480, 360), keep_ratio=True)
test_pipeline = [*_base_.test_pipeline[:1], resize, *_base_.test_pipeline[1:]]
