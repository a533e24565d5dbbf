# CamVid, 11 classes, in SegNet's split and size, tested at its own
_base_ = ['../pipelines/mmseg_steps.py', '../pipelines/small_loading.py']
dataset_type = 'CamVidDataset'
data_root = 'data/camvid'
num_classes = 11
crop_size = (360, 480)
changes = dict(
    RandomResize=dict(scale=(480, 360)), RandomCrop=dict(crop_size=crop_size)
)
train_pipeline = [
    {**step, **changes.get(step['type'], {})} for step in _base_.train_pipeline
]
test_pipeline = [
    step for step in _base_.test_pipeline if step['type'] != 'Resize'
]
img_ratios = [0.75, 1.0, 1.25]
tta_pipeline = [
    _base_.tta_pipeline[0],
    dict(
        type='TestTimeAug',
        transforms=[
            [
                dict(type='Resize', scale_factor=ratio, keep_ratio=True)
                for ratio in img_ratios
            ],
            *_base_.tta_pipeline[1]['transforms'][1:],
        ],
    ),
]
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix=dict(img_path='train', seg_map_path='trainannot'),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix=dict(img_path='val', seg_map_path='valannot'),
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
