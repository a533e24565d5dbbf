head = dict(
    neck=dict(
        type='FPN',
        in_channels=[24, 40, 112, 320],
        out_channels=128,
        num_outs=4,
    ),
    decode_head=dict(
        type='FPNHead',
        in_channels=[128, 128, 128, 128],
        in_index=[0, 1, 2, 3],
        feature_strides=[4, 8, 16, 32],
        norm_cfg=dict(type='SyncBN', requires_grad=True),
    ),
)
