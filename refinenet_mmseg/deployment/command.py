"""Command line of ``tools/export.py``."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from torch import nn

from ..cli import add_model_arguments
from ..images import list_images
from ..inference.drawing import read_image
from ..inference.loading import load_segmentor
from .export import check_export_arguments, export_model
from .exportable_segmentor import ExportOptions, find_exportable_head
from .formats import FORMATS
from .onnx_export import DEFAULT_OPSET
from .program import load_program
from .verification import score, select_test_images, verify


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the export."""
    add = parser.add_argument
    add_model_arguments(parser)
    add('out', help='file to write: .onnx, or .pt2 for torch-export')
    add('--format', choices=FORMATS, default=FORMATS[0])
    add(
        '--dynamic',
        action='store_true',
        help='take images of any size and number',
    )
    add(
        '--shape',
        nargs=2,
        type=int,
        metavar=('H', 'W'),
        help='size of the images (default: the crops of the training)',
    )
    add('--batch-size', type=int, default=1, metavar='N', help='default: 1')
    add(
        '--with-preprocessing',
        action='store_true',
        help='take RGB images in unsigned 8 bit, not normalized ones',
    )
    add(
        '--with-argmax',
        action='store_true',
        help='return labels, not logits',
    )
    add(
        '--opset',
        type=int,
        metavar='N',
        help=f"version of ONNX's operators (default: {DEFAULT_OPSET})",
    )
    add(
        '--int8',
        metavar='FOLDER',
        help='quantize ONNX to 8 bit, calibrated on these images',
    )
    add(
        '--verify',
        nargs='+',
        metavar='IMAGE',
        help='compare the file with the network on images or folders',
    )
    add(
        '--score',
        type=int,
        metavar='N',
        help='mIoU of network and file on N images of the test data set',
    )


def run_export(arguments: argparse.Namespace) -> None:
    """Export a model, then verify and score the file as the options say.

    Raises:
        FileNotFoundError: If an input is missing.
        ImportError: If a package is missing.
        ValueError: If an input does not fit, or the outputs of the file differ
            from those of the network.
    """
    out, quantized = arguments.out, arguments.int8 is not None
    calibration = _find_images([arguments.int8]) if quantized else None
    check_export_arguments(out, arguments.format, arguments.opset, calibration)
    images = _find_images(arguments.verify or [])
    model = load_segmentor(
        arguments.config,
        arguments.checkpoint,
        'cpu',
        arguments.cfg_options,
        arguments.trust_checkpoint,
    ).eval()
    find_exportable_head(model)
    options = _make_options(arguments, model)
    for path in images:
        _check_size(options, f'--verify {path}', read_image(path).shape[:2])
    test_images = None
    if arguments.score is not None:
        test_images = select_test_images(model, arguments.score)
        for sample in test_images:
            name = f'--score: test image {sample["data_samples"].img_path}'
            _check_size(options, name, sample['inputs'].shape[1:])
    export_model(
        model, out, arguments.format, options, arguments.opset, calibration
    )
    console = Console(markup=False, emoji=False, highlight=False)
    console.print(f'wrote {out}, {Path(out).stat().st_size / 1e6:.1f} MB')
    if (model.cfg.model.get('test_cfg') or {}).get('mode') == 'slide':
        console.print(
            'the config predicts by sliding windows; the file sees what it '
            'is given as a whole'
        )
    if not images and test_images is None:
        return
    program = load_program(out)
    if test_images is not None:
        network, file = score(program, model, test_images)
        console.print(f'mIoU: network {network:.2f}, file {file:.2f}')
    comparisons = verify(program, model, images)
    for comparison in comparisons:
        console.print(str(comparison))
    failed = [c.image for c in comparisons if not c.passes]
    # In 8 bit, differences are expected: --score shows their effect.
    if failed and not quantized:
        raise ValueError(
            f'{program.name} computes something else than the network on '
            f'{", ".join(failed)}: do not use it'
        )


def _find_images(sources: Sequence[str]) -> list[Path]:
    """List image files, and those in folders."""
    images: list[Path] = []
    for source in map(Path, sources):
        if source.is_dir():
            images += list_images(source)
        elif source.is_file():
            images.append(source)
        else:
            raise FileNotFoundError(f'no such image or folder: {source}')
    return images


def _make_options(
    arguments: argparse.Namespace, model: nn.Module
) -> ExportOptions:
    shape = arguments.shape or model.cfg.model.data_preprocessor.get('size')
    if not shape:
        raise ValueError('the config names no size of images: add --shape H W')
    if min(shape) < 1 or arguments.batch_size < 1:
        raise ValueError(
            '--shape and --batch-size must be at least 1, got '
            f'{shape[0]} {shape[1]} and {arguments.batch_size}'
        )
    return ExportOptions(
        arguments.with_preprocessing,
        arguments.with_argmax,
        arguments.dynamic,
        (shape[0], shape[1]),
        arguments.batch_size,
    )


def _check_size(
    options: ExportOptions, image: str, size: Sequence[int]
) -> None:
    """Check, before the export, that the file will take an image."""
    height, width = size
    fits = options.batch_size == 1 and options.shape == (height, width)
    if not options.dynamic and not fits:
        raise ValueError(
            f'{image}: the file would take {options.batch_size} of '
            f'{options.shape[0]}x{options.shape[1]} pixels alone, this is '
            f'one of {height}x{width}; add --dynamic or --shape {height} '
            f'{width}'
        )
