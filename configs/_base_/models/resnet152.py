resnet = dict(
    depth=152,
    init_cfg=dict(
        checkpoint='https://download.pytorch.org/models/resnet152-394f9c45.pth'
    ),
)
