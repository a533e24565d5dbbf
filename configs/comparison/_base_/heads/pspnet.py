head = dict(
    backbone=dict(output_stride=8),  # as published, by dilation
    decode_head=dict(
        type='PSPHead',
        in_channels=320,
        in_index=3,
        norm_cfg=dict(type='SyncBN', requires_grad=True),
    ),
)
