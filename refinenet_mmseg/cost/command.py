"""Command line of ``tools/benchmark.py``."""

import argparse
import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import Progress

from ..cli import add_trust_argument
from .benchmark import (
    FORMATS,
    BenchmarkedModel,
    describe_machine,
    measure,
    prepare,
    prepare_formats,
)
from .report import make_table, plot_sweep, write_json
from .timing import fit_growth_exponent
from .workload import DTYPES, BenchmarkOptions

SWEEP_SIZES = (256, 512, 768, 1024)
SWEEP_BATCH_SIZES = (1, 2)


def add_benchmark_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the benchmark."""
    add = parser.add_argument
    add('configs', nargs='+', metavar='CONFIG', help='any mmseg config')
    add(
        '--shape',
        nargs=2,
        type=int,
        default=(512, 512),
        metavar=('H', 'W'),
        help='height and width of the images (default: 512 512)',
    )
    add('--batch-size', type=int, default=1, metavar='N', help='default: 1')
    add('--device', choices=['cpu', 'cuda'], default='cpu')
    add('--dtype', choices=list(DTYPES), default='fp32')
    add('--mode', choices=['inference', 'train'], default='inference')
    add('--compile', action='store_true', help='compile the models')
    add(
        '--format',
        nargs='+',
        choices=FORMATS,
        metavar='FORMAT',
        help=f'compare exported programs: {", ".join(FORMATS)}',
    )
    add(
        '--channels-last',
        action=argparse.BooleanOptionalAction,
        default=True,
        help='memory format of tensors (default: channels last)',
    )
    add('--checkpoint', metavar='F', help='weights (default: random)')
    add_trust_argument(parser)
    add(
        '--rounds',
        type=int,
        default=10,
        metavar='N',
        help='number of times that each is timed (default: 10)',
    )
    add('--json', metavar='F', help='write the measurements to this file')
    add(
        '--sweep',
        action='store_true',
        help=f'measure sizes {SWEEP_SIZES} and batches {SWEEP_BATCH_SIZES}',
    )
    add('--plot', metavar='F', help='plot the sweep into this file')


def run_benchmark(arguments: argparse.Namespace) -> None:
    """Measure the models, print a table and write JSON and plot.

    Raises:
        FileNotFoundError: If a config or a checkpoint is missing.
        ValueError: If arguments do not go together.
    """
    _check(arguments)
    options = BenchmarkOptions(
        shape=tuple(arguments.shape),
        batch_size=arguments.batch_size,
        device=arguments.device,
        dtype=arguments.dtype,
        mode=arguments.mode,
        compiled=arguments.compile,
        channels_last=arguments.channels_last,
    )
    console = Console(markup=False, emoji=False)
    rows: list[dict[str, Any]] = []
    for sized in _list_sizes(options) if arguments.sweep else [options]:
        # Otherwise torch.compile would treat the sizes as dynamic.
        torch._dynamo.reset()
        models = _prepare(arguments, sized)
        with Progress(transient=True) as progress:
            rows += measure(models, arguments.rounds, progress)
    console.print(make_table(rows))
    if arguments.json:
        write_json(arguments.json, describe_machine(arguments.device), rows)
    if arguments.sweep:
        exponents = _fit_exponents(rows)
        for config, exponent in exponents.items():
            console.print(
                f'{Path(config).stem}: time grows as pixels to the '
                f'{exponent:.3f}'
            )
        if arguments.plot:
            plot_sweep(arguments.plot, rows, exponents)


def _check(arguments: argparse.Namespace) -> None:
    for name, value in (
        ('--rounds', arguments.rounds),
        ('--batch-size', arguments.batch_size),
        ('--shape', min(arguments.shape)),
    ):
        if value < 1:
            raise ValueError(f'{name} must be at least 1, got {value}')
    for name, path in (('--json', arguments.json), ('--plot', arguments.plot)):
        if path and not Path(path).absolute().parent.is_dir():
            raise ValueError(f'{name} {path}: there is no such folder')
    if arguments.plot and not arguments.sweep:
        raise ValueError('--plot draws a sweep: add --sweep')
    if arguments.device == 'cuda' and not torch.cuda.is_available():
        raise ValueError('--device cuda: torch finds no GPU')
    if arguments.format and (
        arguments.device != 'cpu'
        or arguments.dtype != 'fp32'
        or arguments.mode != 'inference'
        or arguments.sweep
    ):
        raise ValueError(
            '--format compares inference on the CPU in fp32, at one size: '
            'leave out --device, --dtype, --mode and --sweep'
        )
    if arguments.checkpoint and len(arguments.configs) > 1:
        raise ValueError('--checkpoint is for one config, not several')


def _list_sizes(options: BenchmarkOptions) -> list[BenchmarkOptions]:
    return [
        replace(options, shape=(size, size), batch_size=batch_size)
        for size, batch_size in itertools.product(
            SWEEP_SIZES, SWEEP_BATCH_SIZES
        )
    ]


def _prepare(
    arguments: argparse.Namespace, options: BenchmarkOptions
) -> list[BenchmarkedModel]:
    if not arguments.format:
        return [
            prepare(
                config,
                options,
                arguments.checkpoint,
                arguments.trust_checkpoint,
            )
            for config in arguments.configs
        ]
    return [
        model
        for config in arguments.configs
        for model in prepare_formats(
            config,
            options,
            arguments.format,
            arguments.checkpoint,
            arguments.trust_checkpoint,
        )
    ]


def _fit_exponents(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Fit each config's growth exponent, on single images."""
    exponents = {}
    for config in dict.fromkeys(row['config'] for row in rows):
        single = [
            row
            for row in rows
            if row['config'] == config and row['batch_size'] == 1
        ]
        exponents[config] = fit_growth_exponent(
            [math.prod(row['shape']) for row in single],
            [row['latency_ms']['median'] for row in single],
        )
    return exponents
