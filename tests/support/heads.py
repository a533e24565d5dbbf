"""Small decode heads and feature maps for them."""

from itertools import pairwise
from typing import NamedTuple

import torch
from hypothesis import strategies as st
from mmseg.registry import MODELS

HEADS = ('RefineNetHead', 'LightWeightRefineNetHead')
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


class HeadCase(NamedTuple):
    """A head's arguments and the sizes of its input paths, finest first."""

    arguments: dict
    sizes: list[tuple[int, int]]

    def build(self):
        return build_head(**self.arguments)

    def features(self, batch_size=2):
        return [
            torch.randn(batch_size, width, *size)
            for width, size in zip(
                self.arguments['in_channels'], self.sizes, strict=True
            )
        ]


@st.composite
def head_cases(draw):
    """Draw input paths, a wiring, channels and options of a head."""
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    strides = draw(st.lists(st.integers(1, 40), min_size=1, max_size=6))
    strides.sort()
    sizes = [(-(-height // s), -(-width // s)) for s in strides]
    levels = len(strides)
    # Paths of more than 512 channels pass a dropout.
    widths = st.one_of(st.integers(1, 9), st.just(513))
    paths = draw(st.lists(st.integers(1, 6), min_size=levels, max_size=levels))
    cuts = draw(st.sets(st.integers(1, levels - 1))) if levels > 1 else set()
    edges = [0, *sorted(cuts), levels]
    order = list(reversed(range(levels)))
    wiring = tuple(tuple(order[start:stop]) for start, stop in pairwise(edges))
    arguments = dict(
        head_type=draw(st.sampled_from(HEADS)),
        in_channels=draw(st.lists(widths, min_size=levels, max_size=levels)),
        path_channels=paths,
        wiring=wiring,
        channels=min(paths),
        align_corners=draw(st.booleans()),
        with_cp=draw(st.booleans()),
        norm_cfg=draw(st.sampled_from([None, dict(type='BN')])),
    )
    return HeadCase(arguments, sizes)
