_base_ = './light_weight_refinenet_r50.py'
model = dict(
    backbone=dict(
        _delete_=True,
        type='FullyExpandedMobileNetV2',
        out_indices=(1, 2, 3, 4, 5, 6),
        norm_cfg=dict(type='SyncBN', requires_grad=True),
        norm_eval=False,
    ),
    decode_head=dict(
        in_channels=[24, 32, 64, 96, 160, 320],
        in_index=[0, 1, 2, 3, 4, 5],
        wiring=((5, 4), (3, 2), (1,), (0,)),
        path_channels=[256, 256, 256, 256, 256, 256],
        path_fusion_conv=False,
        act_cfg=dict(type='ReLU6'),
    ),
)
