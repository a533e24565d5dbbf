head = dict(
    decode_head=dict(
        type='SegformerHead',
        in_channels=[24, 40, 112, 320],
        in_index=[0, 1, 2, 3],
        norm_cfg=dict(type='SyncBN', requires_grad=True),
    ),
)
