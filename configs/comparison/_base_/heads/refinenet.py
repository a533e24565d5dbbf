head = dict(
    decode_head=dict(
        type='RefineNetHead',
        in_channels=[24, 40, 112, 320],
        # torch's own initialization, as the light-weight head has it: in a
        # short schedule N(0, 0.01) loses time.
        init_cfg=None,
    ),
)
