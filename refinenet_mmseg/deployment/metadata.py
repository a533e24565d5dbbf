"""What a file says about the program in it: plain JSON, never code."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from torch import nn

from ..version import __version__
from .program import Interface, SegmentationProgram

Metadata = dict[str, Any]


def describe(
    model: nn.Module, program: SegmentationProgram, interface: Interface
) -> Metadata:
    """Describe a program for those who run it without this package.

    Args:
        model: The segmentor that it was made of, from ``load_model``.
        program: The program.
        interface: What goes in and comes out.

    Returns:
        ``classes``; ``palette``, RGB, 0 to 255; ``mean`` and ``std`` of the
        channels, 0 to 255, in the order ``channel_order`` (RGB or BGR), in
        which normalized images have them; ``input`` (``normalized float32
        images`` or ``RGB uint8 images``) and ``output`` (``logits`` or
        ``labels``); ``threshold`` of a single logit's sigmoid, else null;
        ``dynamic``; ``shape`` and ``batch_size``, those traced with;
        ``config_sha256``; ``refinenet_mmseg``, the version.
    """
    content = json.dumps(model.cfg.to_dict(), sort_keys=True, default=str)
    return dict(
        classes=list(model.dataset_meta['classes']),
        palette=[list(color) for color in model.dataset_meta['palette']],
        mean=program.mean.flatten().tolist(),
        std=program.std.flatten().tolist(),
        channel_order='BGR' if program.reversed else 'RGB',
        input=(
            'RGB uint8 images'
            if interface.with_preprocessing
            else 'normalized float32 images'
        ),
        output='labels' if interface.with_argmax else 'logits',
        threshold=program.threshold,
        dynamic=interface.dynamic,
        shape=list(interface.shape),
        batch_size=interface.batch_size,
        config_sha256=hashlib.sha256(content.encode()).hexdigest(),
        refinenet_mmseg=__version__,
    )


def to_text(metadata: Metadata) -> dict[str, str]:
    """Encode each value as JSON, as a file's metadata are texts."""
    return {key: json.dumps(value) for key, value in metadata.items()}


def from_text(texts: Mapping[str, str], file: str) -> Metadata:
    """Decode what ``to_text`` encoded.

    Args:
        texts: The metadata of a file.
        file: Its name, for the message.

    Raises:
        ValueError: If they are not those of a file of this package.
    """
    if 'refinenet_mmseg' not in texts:
        raise ValueError(f'{file} was not written by tools/export.py')
    try:
        return {key: json.loads(value) for key, value in texts.items()}
    except json.JSONDecodeError as error:
        raise ValueError(
            f'{file} has metadata that are no JSON: {error}'
        ) from error
