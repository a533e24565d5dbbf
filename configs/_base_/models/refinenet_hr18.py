# HRNetV2-W18: its four branches end at strides 4, 8, 16 and 32
_base_ = './refinenet_r50.py'
model = dict(
    backbone=dict(
        _delete_=True,
        type='HRNet',
        norm_cfg=dict(type='SyncBN', requires_grad=True),
        norm_eval=False,
        extra=dict(
            stage1=dict(
                num_modules=1,
                num_branches=1,
                block='BOTTLENECK',
                num_blocks=(4,),
                num_channels=(64,),
            ),
            stage2=dict(
                num_modules=1,
                num_branches=2,
                block='BASIC',
                num_blocks=(4, 4),
                num_channels=(18, 36),
            ),
            stage3=dict(
                num_modules=4,
                num_branches=3,
                block='BASIC',
                num_blocks=(4, 4, 4),
                num_channels=(18, 36, 72),
            ),
            stage4=dict(
                num_modules=3,
                num_branches=4,
                block='BASIC',
                num_blocks=(4, 4, 4, 4),
                num_channels=(18, 36, 72, 144),
            ),
        ),
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://mmassets.onedl.ai/pretrain/third_party/hrnetv2_w18-00eb2006.pth',
        ),
    ),
    # Half the paper's width, as for ResNet-18: the branches are narrow.
    decode_head=dict(in_channels=[18, 36, 72, 144], channels=128),
)
