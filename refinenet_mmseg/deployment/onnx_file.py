"""ONNX files: converted from a traced program, checked and written."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.export import ExportedProgram

from ..atomic_io import atomic_write
from .metadata import Metadata, to_text
from .optional import need
from .program import Interface

OLDEST_OPSET = 18  # what torch's exporter writes; newer ones are converted


def check_opset(opset: int) -> None:
    """Raise if no file of this version can be written.

    Args:
        opset: Version of ONNX's operators.

    Raises:
        ValueError: If it is too old or too new.
    """
    # onnxscript says it in a private module alone.
    converter = getattr(
        need('onnxscript.version_converter'), '_version_converter', None
    )
    newest = min(
        getattr(converter, 'SUPPORTED_MAX_ONNX_OPSET', OLDEST_OPSET),
        need('onnx').defs.onnx_opset_version(),
    )
    if not OLDEST_OPSET <= opset <= newest:
        age = 'old' if opset < OLDEST_OPSET else 'new'
        raise ValueError(
            f'--opset {opset} is too {age}: networks can be written in '
            f'{OLDEST_OPSET} to {newest}'
        )


def convert_to_onnx(
    traced: ExportedProgram,
    interface: Interface,
    opset: int = OLDEST_OPSET,
) -> Any:
    """Convert a traced program to ONNX and check it.

    Args:
        traced: What ``trace`` returned.
        interface: What goes in and comes out.
        opset: Version of ONNX's operators. Default: 18.

    Returns:
        An ``onnx.ModelProto`` with one input, ``images``, and one output,
        ``logits`` or ``labels``.

    Raises:
        ValueError: If ONNX has no operators for it.
    """
    onnx = need('onnx')
    output = 'labels' if interface.with_argmax else 'logits'
    try:
        with _quiet():
            converted = torch.onnx.export(
                traced,
                (),
                None,
                dynamo=True,
                verbose=False,
                opset_version=opset,
                input_names=['images'],
                output_names=[output],
            ).model_proto
    except Exception as error:
        # Of torch's exporter's own classes, which move between versions.
        # The first of a chain names the operation.
        reason = error.__cause__ or error
        first = str(reason).strip().partition('\n')[0][:300]
        raise ValueError(
            'cannot be written as ONNX, try --format torch-export: '
            f'{type(reason).__name__}: {first}'
        ) from error
    found = next(
        entry.version for entry in converted.opset_import if not entry.domain
    )
    if found != opset:
        raise ValueError(
            f'--opset {opset}: torch could convert no further than {found}'
        )
    _name_edges(converted, interface)
    onnx.checker.check_model(converted, full_check=True)
    return converted


def save_onnx(model: Any, path: Path, metadata: Metadata) -> None:
    """Write an ONNX model with its metadata, in one step.

    Args:
        model: An ``onnx.ModelProto``; its metadata are replaced.
        path: The file.
        metadata: What ``describe`` returned.
    """
    onnx = need('onnx')
    onnx.helper.set_model_props(model, to_text(metadata))
    model.producer_name = 'refinenet_mmseg'
    with atomic_write(path) as beside:
        onnx.save(model, str(beside))


def _name_edges(model: Any, interface: Interface) -> None:
    """Name what may vary, where torch numbered its symbols."""
    if not interface.dynamic:
        return
    names = ['batch', None, 'height', 'width']
    labels = ['batch', 'height', 'width']
    (images,), (result,) = model.graph.input, model.graph.output
    for value, edges in (
        (images, names),
        (result, labels if interface.with_argmax else names),
    ):
        dimensions = value.type.tensor_type.shape.dim
        for dimension, edge in zip(dimensions, edges, strict=True):
            if edge is not None:
                dimension.dim_param = edge


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's steps and its warnings about itself to itself."""
    loggers = [logging.getLogger(n) for n in ('torch.onnx', 'onnxscript')]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
