_base_ = './refinenet_r50.py'
model = dict(
    backbone=dict(
        _delete_=True,
        type='mmpretrain.EfficientNet',
        arch='b0',
        # Strides 4, 8, 16, 32. The last is level 6, a 1x1 convolution of level
        # 5 (320 channels): it is computed in any case, and left out it would
        # get no gradient, which training on several GPUs refuses.
        out_indices=(2, 3, 4, 6),
        norm_cfg=dict(type='SyncBN', requires_grad=True, eps=1e-3),
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://mmassets.onedl.ai/mmclassification/v0/efficientnet/efficientnet-b0_3rdparty_8xb32-aa_in1k_20220119-8d939117.pth',
            prefix='backbone.',
        ),
    ),
    # Half the paper's width, as for ResNet-18: the levels are narrow.
    decode_head=dict(in_channels=[24, 40, 112, 1280], channels=128),
)
