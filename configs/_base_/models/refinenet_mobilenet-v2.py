_base_ = './refinenet_r50.py'
model = dict(
    backbone=dict(
        _delete_=True,
        type='MobileNetV2',
        out_indices=(1, 2, 3, 4, 5, 6),
        norm_cfg=dict(type='SyncBN', requires_grad=True),
        norm_eval=False,
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://mmassets.onedl.ai/mmclassification/v0/mobilenet_v2/mobilenet_v2_batch256_imagenet_20200708-3b2dc3af.pth',
            prefix='backbone.',
        ),
    ),
    # Strides 4, 8, 16, 16, 32, 32: levels of one stride share a block, as in
    # light-weight RefineNet.
    decode_head=dict(
        in_channels=[24, 32, 64, 96, 160, 320],
        in_index=[0, 1, 2, 3, 4, 5],
        wiring=((5, 4), (3, 2), (1,), (0,)),
        # Half the paper's width, as for ResNet-18, and as there twice as much
        # at stride 32.
        channels=128,
        path_channels=[128, 128, 128, 128, 256, 256],
    ),
)
