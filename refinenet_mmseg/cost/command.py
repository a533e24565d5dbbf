"""What tools/benchmark.py does with its arguments."""

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import Progress

from .benchmark import Subject, describe_machine, measure, prepare
from .formats import FORMATS, prepare_formats
from .report import make_table, plot_sweep, write_json
from .subject import DTYPES, Setting
from .timing import growth_exponent

SWEEP_SIZES = (256, 512, 768, 1024)
SWEEP_BATCH_SIZES = (1, 2)


def add_benchmark_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the benchmark.

    Args:
        parser: The tool's parser.
    """
    add = parser.add_argument
    add('configs', nargs='+', metavar='CONFIG', help='any mmseg config')
    add('--shape', nargs=2, type=int, default=(512, 512), metavar=('H', 'W'))
    add('--batch-size', type=int, default=1, metavar='N')
    add('--device', choices=['cpu', 'cuda'], default='cpu')
    add('--dtype', choices=list(DTYPES), default='fp32')
    add('--mode', choices=['inference', 'train'], default='inference')
    add('--compile', action='store_true', help='compile the models')
    add(
        '--format',
        nargs='+',
        choices=FORMATS,
        metavar='FORMAT',
        help=f'exported, beside what runs in torch: {", ".join(FORMATS)}',
    )
    add(
        '--channels-last',
        action=argparse.BooleanOptionalAction,
        default=True,
        help='how tensors lie in memory (default: channels last)',
    )
    add('--checkpoint', metavar='F', help='weights (default: random)')
    add('--rounds', type=int, default=10, help='times each is timed')
    add('--json', metavar='F', help='write the measurements to this file')
    add(
        '--sweep',
        action='store_true',
        help=f'sizes {SWEEP_SIZES} and batches {SWEEP_BATCH_SIZES}',
    )
    add('--plot', metavar='F', help='draw the sweep into this file')


def run_benchmark(args: argparse.Namespace) -> None:
    """Measure the models, print a table and write what was asked for.

    Args:
        args: The parsed arguments.

    Raises:
        FileNotFoundError: If a config or a checkpoint is missing.
        ValueError: If arguments do not go together.
    """
    _check(args)
    setting = Setting(
        shape=tuple(args.shape),
        batch_size=args.batch_size,
        device=args.device,
        dtype=args.dtype,
        mode=args.mode,
        compiled=args.compile,
        channels_last=args.channels_last,
    )
    console = Console(markup=False, emoji=False)
    rows: list[dict[str, Any]] = []
    for changed in _settings(setting, args.sweep):
        torch._dynamo.reset()  # sizes compiled before would change how
        subjects = _prepare(args, changed)
        with Progress(transient=True) as progress:
            rows += measure(subjects, args.rounds, progress)
    console.print(make_table(rows))
    if args.json:
        write_json(args.json, describe_machine(args.device), rows)
    if args.sweep:
        exponents = _growth(rows)
        for config, exponent in exponents.items():
            console.print(
                f'{Path(config).stem}: time grows as pixels to the '
                f'{exponent:.3f}'
            )
        if args.plot:
            plot_sweep(args.plot, rows, exponents)


def _prepare(args: argparse.Namespace, setting: Setting) -> list[Subject]:
    if not args.format:
        return [
            prepare(config, setting, args.checkpoint)
            for config in args.configs
        ]
    return [
        subject
        for config in args.configs
        for subject in prepare_formats(
            config, setting, args.format, args.checkpoint
        )
    ]


def _check(args: argparse.Namespace) -> None:
    for name, value in (
        ('--rounds', args.rounds),
        ('--batch-size', args.batch_size),
        ('--shape', min(args.shape)),
    ):
        if value < 1:
            raise ValueError(f'{name} must be at least 1, got {value}')
    for name, path in (('--json', args.json), ('--plot', args.plot)):
        if path and not Path(path).absolute().parent.is_dir():
            raise ValueError(f'{name} {path}: there is no such folder')
    if args.plot and not args.sweep:
        raise ValueError('--plot draws a sweep: add --sweep')
    if args.device == 'cuda' and not torch.cuda.is_available():
        raise ValueError('--device cuda: torch finds no GPU')
    plain = ('cpu', 'fp32', 'inference', False)
    if args.format and plain != (
        *(args.device, args.dtype, args.mode),
        args.sweep,
    ):
        raise ValueError(
            '--format compares inference on the CPU in fp32, at one size: '
            'leave out --device, --dtype, --mode and --sweep'
        )
    if args.checkpoint and len(args.configs) > 1:
        raise ValueError('--checkpoint is for one config, not several')


def _settings(setting: Setting, sweep: bool) -> Sequence[Setting]:
    if not sweep:
        return [setting]
    return [
        Setting(
            **{**vars(setting), 'shape': (size, size), 'batch_size': number}
        )
        for size, number in itertools.product(SWEEP_SIZES, SWEEP_BATCH_SIZES)
    ]


def _growth(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Fit the growth in the pixels of single images."""
    return {
        config: growth_exponent(
            *zip(
                *(
                    (
                        row['shape'][0] * row['shape'][1],
                        row['latency_ms']['median'],
                    )
                    for row in rows
                    if row['config'] == config and row['batch_size'] == 1
                ),
                strict=True,
            )
        )
        for config in dict.fromkeys(row['config'] for row in rows)
    }
