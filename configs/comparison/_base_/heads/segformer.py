head = dict(
    decode_head=dict(
        type='SegformerHead',
        in_channels=[64, 128, 256, 512],
        in_index=[0, 1, 2, 3],
        channels=256,
        norm_cfg=dict(type='SyncBN', requires_grad=True),
    ),
)
