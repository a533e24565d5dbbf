head = dict(
    backbone=dict(output_stride=8),  # as published, by dilation
    decode_head=dict(
        type='DepthwiseSeparableASPPHead',
        in_channels=320,
        in_index=3,
        dilations=(1, 12, 24, 36),
        c1_in_channels=24,
        c1_channels=12,
        norm_cfg=dict(type='SyncBN', requires_grad=True),
    ),
)
