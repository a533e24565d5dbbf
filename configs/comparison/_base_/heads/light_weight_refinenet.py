head = dict(
    decode_head=dict(
        type='LightWeightRefineNetHead',
        in_channels=[64, 128, 256, 512],
        in_index=[0, 1, 2, 3],
        channels=256,
    ),
)
