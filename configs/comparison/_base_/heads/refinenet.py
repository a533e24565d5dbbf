head = dict(
    decode_head=dict(
        type='RefineNetHead',
        in_channels=[64, 128, 256, 512],
        in_index=[0, 1, 2, 3],
        channels=128,
        # From random weights, N(0, 0.01) would leave the backbone hardly any
        # gradient.
        init_cfg=None,
    ),
)
