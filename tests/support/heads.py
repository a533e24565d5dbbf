"""What the tests of both heads share: small heads and their features."""

import torch
from mmseg.registry import MODELS

CHANNELS = (4, 6, 8, 520)
SIZES = ((17, 13), (9, 7), (5, 4), (3, 2))


def build_head(head_type='RefineNetHead', **arguments):
    config = dict(
        type=head_type,
        in_channels=list(CHANNELS),
        channels=8,
        num_classes=3,
        init_cfg=None,
    )
    return MODELS.build({**config, **arguments})


def features(batch_size=2, channels=CHANNELS, sizes=SIZES):
    return [
        torch.randn(batch_size, width, *size)
        for width, size in zip(channels, sizes, strict=True)
    ]
