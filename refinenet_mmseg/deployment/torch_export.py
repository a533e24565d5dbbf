"""Programs of torch.export: traced, saved, without a line of Python."""

import json
import warnings
from pathlib import Path

import torch
import torch._dynamo
from torch.export import ExportedProgram

from ..atomic_io import atomic_write
from .metadata import Metadata
from .program import SegmentationProgram

METADATA_FILE = 'metadata.json'
BATCH, HEIGHT, WIDTH = 0, 2, 3


def trace(program: SegmentationProgram) -> ExportedProgram:
    """Trace a program into operations of torch's.

    Args:
        program: The program.

    Raises:
        ValueError: If it cannot be traced, or not for any size where its
            interface says so.
    """
    interface = program.interface
    number = interface.batch_size
    shapes = None
    if interface.dynamic:
        number = max(number, 2)  # a single image would be the only number
        dimension = torch.export.Dim.DYNAMIC
        shapes = ({BATCH: dimension, HEIGHT: dimension, WIDTH: dimension},)
    dtype = torch.uint8 if interface.with_preprocessing else torch.float32
    images = torch.zeros((number, 3, *interface.shape), dtype=dtype)
    try:
        # The cache of shapes is slower than computing them, where they are
        # formulas: half of the time.
        with (
            torch.no_grad(),
            torch._dynamo.config.patch(fake_tensor_cache_enabled=False),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter('ignore')
            traced = torch.export.export(
                program, (images,), dynamic_shapes=shapes
            )
            if interface.dynamic:
                # Torch may have noted a size as a condition on all images.
                height, width = interface.shape
                other = images.new_zeros((1, 3, height + 32, width + 64))
                traced.module()(other)
            return traced
    except Exception as error:
        # Whatever a network does that torch cannot trace: torch has no
        # class of errors for it.
        parts = ' and '.join(
            type(part).__name__
            for part in (
                program.network.backbone,
                program.network.decode_head,
            )
        )
        remedy = '; try without --dynamic' if interface.dynamic else ''
        first = str(error).strip().partition('\n')[0][:300]
        raise ValueError(
            f'torch cannot trace {parts}{remedy}: '
            f'{type(error).__name__}: {first}'
        ) from error


def save_torch_export(
    traced: ExportedProgram, path: Path, metadata: Metadata
) -> None:
    """Write a traced program, in one step.

    ``torch.export.load(FILE, extra_files={'metadata.json': ''})`` reads both,
    with torch alone.

    Args:
        traced: The program.
        path: The file.
        metadata: What ``describe`` returned.
    """
    files = {METADATA_FILE: json.dumps(metadata)}
    with atomic_write(path) as beside:
        torch.export.save(traced, str(beside), extra_files=files)
