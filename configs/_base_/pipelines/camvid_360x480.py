# CamVid in SegNet's size: trains like mmseg, tests at the images' own size
_base_ = './mmseg_512x512.py'
crop_size = (360, 480)
changes = dict(
    RandomResize=dict(scale=(480, 360)),
    RandomCrop=dict(crop_size=crop_size),
)
train_pipeline = [
    {**step, **changes.get(step['type'], {})} for step in _base_.train_pipeline
]
test_pipeline = _base_.unscaled_pipeline
img_ratios = [0.75, 1.0, 1.25]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[
            [
                dict(type='Resize', scale_factor=ratio, keep_ratio=True)
                for ratio in img_ratios
            ],
            *_base_.tta_flips,
        ],
    ),
]
train_loading = dict(num_workers=2, dataset=dict(pipeline=train_pipeline))
test_loading = dict(num_workers=2, dataset=dict(pipeline=test_pipeline))
