"""Export of a segmentor: tracing, metadata and writing."""

import json
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch._dynamo
from torch import nn
from torch.export import ExportedProgram

from ..atomic_io import atomic_write, make_output_folder
from ..configs import hash_content
from ..version import __version__
from .exportable_segmentor import ExportableSegmentor, ExportOptions
from .formats import (
    FORMATS,
    METADATA_FILE,
    SUFFIXES,
    Metadata,
    check_torch,
    first_line,
    import_deploy,
)
from .onnx_export import (
    DEFAULT_OPSET,
    check_opset,
    convert_to_onnx,
    save_onnx,
)
from .quantization import make_calibration_inputs, quantize

BATCH, HEIGHT, WIDTH = 0, 2, 3  # dimensions of images


def check_export_arguments(
    out_file: str | Path,
    file_format: str,
    opset: int | None = None,
    calibration_images: Sequence[Path] | None = None,
) -> None:
    """Check the arguments of an export before any work.

    Args:
        out_file: The file.
        file_format: One of ``FORMATS``.
        opset: As :func:`export_model` takes it. Default: None.
        calibration_images: As :func:`export_model` takes them. Default: None.

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
            import_deploy(name)
        check_opset(DEFAULT_OPSET if opset is None else opset)
    elif opset is not None:
        raise ValueError('--opset is of ONNX: add --format onnx')
    elif calibration_images is not None:
        raise ValueError('--int8 is of ONNX: add --format onnx')
    if calibration_images is not None and not calibration_images:
        raise ValueError('--int8 needs calibration images, got none')


def export_model(
    model: nn.Module,
    out_file: str | Path,
    file_format: str = 'onnx',
    options: ExportOptions | None = None,
    opset: int | None = None,
    calibration_images: Sequence[Path] | None = None,
) -> Metadata:
    """Write a segmentor as a file that runs without this package and mmseg.

    Args:
        model: A segmentor from ``load_segmentor``; left unchanged.
        out_file: The file; its folder is created if missing.
        file_format: ``onnx`` or ``torch-export``. Default: ``onnx``.
        options: Input and output of the program; None means
            ``ExportOptions()``. Default: None.
        opset: Version of ONNX's operators. Default: 18.
        calibration_images: Image files on which the network is calibrated
            for 8 bit; None leaves it in fp32. Default: None.

    Returns:
        The metadata of the file.

    Raises:
        ImportError: If a package is missing.
        ValueError: If the arguments do not go together, or the format cannot
            express the network.
    """
    check_export_arguments(out_file, file_format, opset, calibration_images)
    out_file = Path(out_file)
    make_output_folder(out_file.absolute().parent)
    segmentor = ExportableSegmentor(model, options or ExportOptions())
    metadata = make_metadata(model, segmentor)
    inputs = None
    if calibration_images is not None:
        inputs = make_calibration_inputs(calibration_images, metadata)
    write_program(segmentor, out_file, file_format, metadata, opset, inputs)
    return metadata


def make_metadata(
    model: nn.Module, segmentor: ExportableSegmentor
) -> Metadata:
    """Make the metadata of a program, for use without this package.

    Args:
        model: The segmentor that is exported, from ``load_segmentor``.
        segmentor: Its exportable form.

    Returns:
        ``classes``; ``palette``, RGB, 0 to 255; ``mean`` and ``std`` of the
        channels, 0 to 255, in the order ``channel_order`` (RGB or BGR), in
        which normalized images have them; ``input`` (``normalized float32
        images`` or ``RGB uint8 images``) and ``output`` (``logits`` or
        ``labels``); ``threshold`` of a single logit's sigmoid, else null;
        ``dynamic``; ``shape`` and ``batch_size``, those traced with;
        ``config_sha256``; ``refinenet_mmseg``, the version.
    """
    options = segmentor.options
    return dict(
        classes=list(model.dataset_meta['classes']),
        palette=[list(color) for color in model.dataset_meta['palette']],
        mean=segmentor.mean.flatten().tolist(),
        std=segmentor.std.flatten().tolist(),
        channel_order='BGR' if segmentor.is_bgr else 'RGB',
        input=(
            'RGB uint8 images'
            if options.with_preprocessing
            else 'normalized float32 images'
        ),
        output='labels' if options.with_argmax else 'logits',
        threshold=segmentor.threshold,
        dynamic=options.dynamic,
        shape=list(options.shape),
        batch_size=options.batch_size,
        config_sha256=hash_content(model.cfg.to_dict()),
        refinenet_mmseg=__version__,
    )


def write_program(
    segmentor: ExportableSegmentor,
    path: Path,
    file_format: str,
    metadata: Metadata,
    opset: int | None = None,
    calibration_inputs: Iterable[np.ndarray] | None = None,
) -> None:
    """Trace a segmentor and write the program.

    Args:
        segmentor: The segmentor.
        path: The file.
        file_format: ``onnx`` or ``torch-export``.
        metadata: Its metadata, as :func:`make_metadata` returns them.
        opset: Version of ONNX's operators. Default: 18.
        calibration_inputs: Inputs on which the program is calibrated for 8
            bit; None leaves it in fp32. Default: None.

    Raises:
        ValueError: If the format cannot express the network.
    """
    traced = trace(segmentor)
    if file_format == 'torch-export':
        save_torch_export(traced, path, metadata)
        return
    converted: Any = convert_to_onnx(
        traced, segmentor.options, opset or DEFAULT_OPSET
    )
    if calibration_inputs is not None:
        converted = quantize(converted, calibration_inputs)
    save_onnx(converted, path, metadata)


def trace(segmentor: ExportableSegmentor) -> ExportedProgram:
    """Trace a segmentor into a graph of torch's operators.

    Raises:
        ValueError: If it cannot be traced, or, with ``dynamic``, not for any
            size.
    """
    options = segmentor.options
    batch_size, dynamic_shapes = options.batch_size, None
    if options.dynamic:
        # Torch specializes on a dimension of size 1.
        batch_size = max(batch_size, 2)
        any_size = torch.export.Dim.DYNAMIC
        dynamic_shapes = (
            {BATCH: any_size, HEIGHT: any_size, WIDTH: any_size},
        )
    images = torch.zeros(
        (batch_size, 3, *options.shape),
        dtype=torch.uint8 if options.with_preprocessing else torch.float32,
    )
    try:
        # With symbolic shapes, the cache of fake tensors doubles the time.
        with (
            torch.no_grad(),
            torch._dynamo.config.patch(fake_tensor_cache_enabled=False),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter('ignore')
            traced = torch.export.export(
                segmentor, (images,), dynamic_shapes=dynamic_shapes
            )
            if options.dynamic:
                # Fails if torch has specialized the graph on the traced size.
                height, width = options.shape
                traced.module()(
                    images.new_zeros((1, 3, height + 32, width + 64))
                )
            return traced
    except Exception as error:
        # torch has no common class for the errors of tracing.
        network = segmentor.network
        parts = ' and '.join(
            type(part).__name__
            for part in (network.backbone, network.decode_head)
        )
        remedy = '; try without --dynamic' if options.dynamic else ''
        raise ValueError(
            f'torch cannot trace {parts}{remedy}: '
            f'{type(error).__name__}: {first_line(error)}'
        ) from error


def save_torch_export(
    traced: ExportedProgram, path: Path, metadata: Metadata
) -> None:
    """Write a traced program and its metadata as a ``.pt2`` file.

    ``torch.export.load(FILE, extra_files={'metadata.json': ''})`` reads both
    with torch alone.
    """
    extra_files = {METADATA_FILE: json.dumps(metadata)}
    with atomic_write(path) as partial:
        torch.export.save(traced, str(partial), extra_files=extra_files)
