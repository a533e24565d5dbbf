"""The config of a small RefineNet that is quick to build and to run."""

from mmengine.config import Config


def write_config(folder, name='tiny.py', **head):
    """Write the config of a small RefineNet; return its path."""
    config = Config(
        dict(
            model=dict(
                type='EncoderDecoder',
                backbone=dict(
                    type='ResNet',
                    depth=18,
                    base_channels=8,
                    stem_channels=8,
                    norm_cfg=dict(type='SyncBN'),
                    init_cfg=dict(
                        type='Pretrained', checkpoint='https://nowhere/a.pth'
                    ),
                ),
                decode_head=dict(
                    type='RefineNetHead',
                    in_channels=[8, 16, 32, 64],
                    channels=16,
                    num_classes=3,
                    align_corners=False,
                    init_cfg=None,
                    **head,
                ),
            )
        )
    )
    path = folder / name
    config.dump(path)
    return path
