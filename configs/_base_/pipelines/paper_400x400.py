# How the paper and its released code train and test: images and crops drawn
# by class, scores averaged over five scales without flip (--tta)
_base_ = './loading.py'
crop_size = (400, 400)
train_pipeline = [
    dict(type='StrictLoadImageFromFile'),
    dict(type='StrictLoadAnnotations'),
    dict(type='LimitShortEdge', minimum=450, maximum=1100),
    dict(
        type='RandomChoice',
        transforms=[
            [dict(type='Resize', scale_factor=ratio, keep_ratio=True)]
            for ratio in (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
        ],
    ),
    dict(type='ClassBalancedCrop', crop_size=crop_size),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
test_limits = dict(type='LimitShortEdge', minimum=450, maximum=800)
# mmseg's inferencers ask for LoadImageFromFile; SafeRunner makes it strict.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    test_limits,
    # after the image's resizing: the truth keeps its own size
    dict(type='StrictLoadAnnotations'),
    dict(type='PackSegInputs'),
]
img_ratios = [0.4, 0.6, 0.8, 1.0, 1.2]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    test_limits,
    dict(
        type='TestTimeAug',
        transforms=[
            [
                dict(type='Resize', scale_factor=ratio, keep_ratio=True)
                for ratio in img_ratios
            ],
            [dict(type='StrictLoadAnnotations')],
            [dict(type='PackSegInputs')],
        ],
    ),
]
train_loading = dict(
    batch_size=1,
    sampler=dict(type='ClassBalancedSampler'),
    dataset=dict(pipeline=train_pipeline),
)
test_loading = dict(dataset=dict(pipeline=test_pipeline))
