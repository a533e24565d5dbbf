"""ONNX models: conversion from a traced program, checks and writing."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.export import ExportedProgram

from ..atomic_io import atomic_write
from .exportable_segmentor import ExportOptions
from .formats import (
    Metadata,
    encode_metadata,
    first_line,
    import_deploy,
)

# The version that torch's exporter writes; newer ones are converted from it.
DEFAULT_OPSET = 18


def check_opset(opset: int) -> None:
    """Check that an opset version is supported.

    Args:
        opset: Version of ONNX's operators.

    Raises:
        ValueError: If it is too old or too new.
    """
    # Only a private module of onnxscript defines the newest version.
    converter = getattr(
        import_deploy('onnxscript.version_converter'),
        '_version_converter',
        None,
    )
    newest = min(
        getattr(converter, 'SUPPORTED_MAX_ONNX_OPSET', DEFAULT_OPSET),
        import_deploy('onnx').defs.onnx_opset_version(),
    )
    if not DEFAULT_OPSET <= opset <= newest:
        age = 'old' if opset < DEFAULT_OPSET else 'new'
        raise ValueError(
            f'--opset {opset} is too {age}: networks can be written in '
            f'{DEFAULT_OPSET} to {newest}'
        )


def convert_to_onnx(
    traced: ExportedProgram,
    options: ExportOptions,
    opset: int = DEFAULT_OPSET,
) -> Any:
    """Convert a traced program to ONNX and check it.

    Args:
        traced: The traced program.
        options: Its input and output.
        opset: Version of ONNX's operators. Default: 18.

    Returns:
        An ``onnx.ModelProto`` with one input, ``images``, and one output,
        ``logits`` or ``labels``.

    Raises:
        ValueError: If ONNX lacks an operator of it.
    """
    onnx = import_deploy('onnx')
    try:
        with _quiet_exporter():
            converted = torch.onnx.export(
                traced,
                (),
                None,
                dynamo=True,
                verbose=False,
                opset_version=opset,
                input_names=['images'],
                output_names=['labels' if options.with_argmax else 'logits'],
            ).model_proto
    except Exception as error:
        # The exporter's own classes move between versions of torch. The
        # cause names the operation.
        cause = error.__cause__ or error
        raise ValueError(
            'cannot be written as ONNX, try --format torch-export: '
            f'{type(cause).__name__}: {first_line(cause)}'
        ) from error
    converted_opset = next(
        entry.version for entry in converted.opset_import if not entry.domain
    )
    if converted_opset != opset:
        raise ValueError(
            f'--opset {opset}: torch could convert no further than '
            f'{converted_opset}'
        )
    if options.dynamic:
        _name_dimensions(converted, options)
    onnx.checker.check_model(converted, full_check=True)
    return converted


def save_onnx(model: Any, path: Path, metadata: Metadata) -> None:
    """Write an ONNX model and its metadata.

    Args:
        model: An ``onnx.ModelProto``; its metadata are replaced.
        path: The file.
        metadata: The metadata.
    """
    onnx = import_deploy('onnx')
    onnx.helper.set_model_props(model, encode_metadata(metadata))
    model.producer_name = 'refinenet_mmseg'
    with atomic_write(path) as partial:
        onnx.save(model, str(partial))


def _name_dimensions(model: Any, options: ExportOptions) -> None:
    """Name the dynamic dimensions, which torch has numbered."""
    images_names = ('batch', None, 'height', 'width')
    labels_names = ('batch', 'height', 'width')
    (images,), (output,) = model.graph.input, model.graph.output
    for value, names in (
        (images, images_names),
        (output, labels_names if options.with_argmax else images_names),
    ):
        dimensions = value.type.tensor_type.shape.dim
        for dimension, name in zip(dimensions, names, strict=True):
            if name is not None:
                dimension.dim_param = name


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Silence the exporter's progress and its warnings about itself."""
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
