head = dict(
    decode_head=dict(
        type='LightWeightRefineNetHead',
        in_channels=[24, 40, 112, 320],
    ),
)
