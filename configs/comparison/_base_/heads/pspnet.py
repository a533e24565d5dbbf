head = dict(
    # The last two levels at stride 8, as published
    backbone=dict(strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4)),
    decode_head=dict(
        type='PSPHead',
        in_channels=512,
        in_index=3,
        channels=128,
        norm_cfg=dict(type='SyncBN', requires_grad=True),
    ),
)
