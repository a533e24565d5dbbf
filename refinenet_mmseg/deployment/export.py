"""From a config and a checkpoint to a file that runs without them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from ..inference.predict import make_writable
from .metadata import Metadata, describe
from .onnx_file import OLDEST_OPSET, check_opset, convert_to_onnx, save_onnx
from .optional import check_torch, need
from .program import Interface, SegmentationProgram
from .quantization import calibration_inputs, quantize
from .running import SUFFIXES
from .torch_export import save_torch_export, trace

FORMATS = tuple(SUFFIXES)


def check_request(
    out_file: str | Path,
    file_format: str,
    opset: int | None = None,
    calibration: Sequence[Path] | None = None,
) -> None:
    """Raise if a file cannot be written as asked for, before any work.

    Args:
        out_file: The file.
        file_format: One of ``FORMATS``.
        opset: As ``export`` takes it. Default: None.
        calibration: As ``export`` takes it. Default: None.

    Raises:
        ImportError: If a package is missing.
        ValueError: If the arguments do not go together.
    """
    if file_format not in FORMATS:
        raise ValueError(
            f'--format is one of {", ".join(FORMATS)}, got {file_format}'
        )
    check_torch()
    suffix = SUFFIXES[file_format]
    if Path(out_file).suffix != suffix:
        raise ValueError(
            f'--format {file_format} writes {suffix} files, got {out_file}'
        )
    if file_format == 'onnx':
        for name in ('onnx', 'onnxscript', 'onnxruntime'):
            need(name)
        check_opset(OLDEST_OPSET if opset is None else opset)
    elif opset is not None:
        raise ValueError('--opset is of ONNX: add --format onnx')
    elif calibration is not None:
        raise ValueError('--int8 is of ONNX: add --format onnx')
    if calibration is not None and not calibration:
        raise ValueError('--int8 needs calibration images, got none')


def export(
    model: nn.Module,
    out_file: str | Path,
    file_format: str = 'onnx',
    interface: Interface | None = None,
    opset: int | None = None,
    calibration: Sequence[Path] | None = None,
) -> Metadata:
    """Write a segmentor as a file that runs without this package and mmseg.

    Args:
        model: A segmentor from ``load_model``; left unchanged.
        out_file: The file, in one step; its folder is made where missing.
        file_format: ``onnx`` or ``torch-export``. Default: ``onnx``.
        interface: What goes in and comes out; None means ``Interface()``.
            Default: None.
        opset: Version of ONNX's operators. Default: 18.
        calibration: Images by whose range the network is quantized to 8
            bit; None leaves it in fp32. Default: None.

    Returns:
        The metadata of the file.

    Raises:
        ImportError: If a package is missing.
        ValueError: If the arguments do not go together, or the format cannot
            express the network.
    """
    interface = interface or Interface()
    check_request(out_file, file_format, opset, calibration)
    out_file = Path(out_file)
    make_writable(out_file.absolute().parent)
    program = SegmentationProgram(model, interface)
    metadata = describe(model, program, interface)
    inputs = None
    if calibration is not None:
        inputs = calibration_inputs(calibration, metadata)
    export_program(program, out_file, file_format, metadata, opset, inputs)
    return metadata


def export_program(
    program: SegmentationProgram,
    path: Path,
    file_format: str,
    metadata: Metadata,
    opset: int | None = None,
    inputs: Iterable[np.ndarray] | None = None,
) -> None:
    """Trace a program and write it.

    Args:
        program: The program.
        path: The file.
        file_format: ``onnx`` or ``torch-export``.
        metadata: What ``describe`` returned.
        opset: Version of ONNX's operators. Default: 18.
        inputs: Calibration inputs of a file in 8 bit; None means fp32.
            Default: None.

    Raises:
        ValueError: If the format cannot express the network.
    """
    traced = trace(program)
    if file_format == 'torch-export':
        save_torch_export(traced, path, metadata)
        return
    converted: Any = convert_to_onnx(
        traced, program.interface, opset or OLDEST_OPSET
    )
    if inputs is not None:
        converted = quantize(converted, inputs)
    save_onnx(converted, path, metadata)
