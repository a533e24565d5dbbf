"""What tools/export.py does with its arguments."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from torch import nn

from ..cli import add_model_arguments
from ..inference.loading import load_model
from .export import FORMATS, check_request, export
from .images import find_images, read_rgb
from .onnx_file import OLDEST_OPSET
from .program import Interface, find_plain_head
from .running import LoadedProgram, load_program
from .scoring import choose_samples, score
from .verification import verify


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the export.

    Args:
        parser: The tool's parser.
    """
    add = parser.add_argument
    add_model_arguments(parser)
    add('out', help='file to write: .onnx, or .pt2 for torch-export')
    add('--format', choices=FORMATS, default=FORMATS[0])
    add('--dynamic', action='store_true', help='take any size and number')
    add(
        '--shape',
        nargs=2,
        type=int,
        metavar=('H', 'W'),
        help='of the images (default: the crops of the training)',
    )
    add('--batch-size', type=int, default=1, metavar='N')
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
    add('--opset', type=int, metavar='N', help=f'default: {OLDEST_OPSET}')
    add(
        '--int8',
        metavar='FOLDER',
        help='quantize ONNX to 8 bit, by the range of these images',
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


def run_export(args: argparse.Namespace) -> None:
    """Export, verify and score as asked for.

    Args:
        args: The parsed arguments.

    Raises:
        FileNotFoundError: If an input is missing.
        ImportError: If a package is missing.
        ValueError: If an input does not fit, or the file computes something
            else than the network.
    """
    calibration = find_images([args.int8]) if args.int8 else None
    check_request(args.out, args.format, args.opset, calibration)
    images = find_images(args.verify or [])
    model = load_model(
        args.config, args.checkpoint, 'cpu', args.cfg_options
    ).eval()
    interface = _make_interface(args, model)
    for path in images:
        _check_size(interface, f'--verify {path}', read_rgb(path).shape[:2])
    if args.score is not None:
        dataset, indices = choose_samples(model, args.score)
        for index in indices:
            sample = dataset[index]
            what = f'--score: test image {sample["data_samples"].img_path}'
            _check_size(interface, what, sample['inputs'].shape[1:])
    find_plain_head(model)
    export(model, args.out, args.format, interface, args.opset, calibration)
    console = Console(markup=False, emoji=False, highlight=False)
    size = Path(args.out).stat().st_size / 1e6
    console.print(f'wrote {args.out}, {size:.1f} MB')
    if (model.cfg.model.get('test_cfg') or {}).get('mode') == 'slide':
        console.print(
            'the config predicts by sliding windows; the file sees what it '
            'is given as a whole'
        )
    if images or args.score is not None:
        program = load_program(args.out)
        if args.score is not None:
            network, file = score(program, model, args.score)
            console.print(f'mIoU: network {network:.2f}, file {file:.2f}')
        _verify(console, program, model, images, args.int8 is not None)


def _make_interface(args: argparse.Namespace, model: nn.Module) -> Interface:
    shape = args.shape or model.cfg.model.data_preprocessor.get('size')
    if not shape:
        raise ValueError('the config names no size of images: add --shape H W')
    if min(shape) < 1 or args.batch_size < 1:
        raise ValueError(
            '--shape and --batch-size must be at least 1, got '
            f'{shape[0]} {shape[1]} and {args.batch_size}'
        )
    return Interface(
        args.with_preprocessing,
        args.with_argmax,
        args.dynamic,
        (shape[0], shape[1]),
        args.batch_size,
    )


def _check_size(interface: Interface, what: str, size: Sequence[int]) -> None:
    """Raise before the export if its file could not take an image."""
    height, width = size
    fits = interface.batch_size == 1 and interface.shape == (height, width)
    if not interface.dynamic and not fits:
        raise ValueError(
            f'{what}: the file would take {interface.batch_size} of '
            f'{interface.shape[0]}x{interface.shape[1]} pixels alone, this is '
            f'one of {height}x{width}; add --dynamic or --shape {height} '
            f'{width}'
        )


def _verify(
    console: Console,
    program: LoadedProgram,
    model: nn.Module,
    images: list[Path],
    quantized: bool,
) -> None:
    found = verify(program, model, images)
    for agreement in found:
        console.print(str(agreement))
    if quantized:  # another network by intention: --score tells what it costs
        return
    failed = [agreement.image for agreement in found if not agreement.holds]
    if failed:
        raise ValueError(
            f'{program.name} computes something else than the network on '
            f'{", ".join(failed)}: do not use it'
        )
