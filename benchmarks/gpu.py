"""The cost of RefineNet on a GPU: one call, a few minutes, resumable.

Inference and training, fp32 and bf16, eager and compiled, ResNet-50 and -101,
at several sizes and batch sizes: the time, the floor (the convolutions alone)
and the TFLOP/s reached, beside those of a large matrix product on the same
machine; and the head's memory in training with and without the lean pooling.
What matters most comes first; each result is written at once; when
the time is up the rest is left, and another call goes on from there.
"""

import argparse
import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import torch
from pooling import largest_difference, measure_pooling

from refinenet_mmseg import config_path
from refinenet_mmseg.atomic_io import atomic_write_text
from refinenet_mmseg.cost import (
    BenchmarkOptions,
    describe_machine,
    measure,
    prepare,
)
from refinenet_mmseg.cost.timing import time_interleaved
from refinenet_mmseg.cost.workload import DTYPES

BACKBONES = ('r101', 'r50')
SIZES = ((512, 512), (512, 1024))
BATCH_SIZES = (8, 1, 16)
COMPILING = 90  # seconds that may pass before compiled code runs


def list_runs(device: str, scale: int) -> list[tuple[str, BenchmarkOptions]]:
    """List the configs and options to measure, the most important first.

    First what the project promises, then all that needs no compiling, which
    takes seconds each, then the rest, a minute each.

    Args:
        device: ``cpu`` or ``cuda``.
        scale: Divisor of sizes and batch sizes, for a trial.
    """
    everything = [
        (
            f'_base_/models/refinenet_{backbone}.py',
            BenchmarkOptions(
                shape=(size[0] // scale, size[1] // scale),
                batch_size=max(1, batch_size // scale),
                device=device,
                dtype=dtype,
                mode=mode,
                compiled=compiled,
            ),
        )
        for compiled, size, batch_size, dtype, mode, backbone in (
            itertools.product(
                (False, True),
                SIZES,
                BATCH_SIZES,
                ('bf16', 'fp32'),
                ('inference', 'train'),
                BACKBONES,
            )
        )
    ]
    promised = [
        (config, options)
        for config, options in everything
        if options.compiled
        and options.mode == 'inference'
        and options.dtype == 'bf16'
        and options.shape == everything[0][1].shape
        and options.batch_size == everything[0][1].batch_size
    ]
    return list(dict.fromkeys([*promised, *everything]))


def measure_ceiling(device: str, dtype: str, size: int) -> float:
    """Measure the TFLOP/s of a large matrix product.

    Args:
        device: ``cpu`` or ``cuda``.
        dtype: Its precision.
        size: Edge length of the matrices.
    """
    a, b = (torch.randn(size, size).to(device, DTYPES[dtype]) for _ in 'ab')
    seconds = time_interleaved([lambda: a @ b], 5)
    return 2 * size**3 / float(sorted(seconds[0])[2]) / 1e12


def measure_network(
    config: str, options: BenchmarkOptions, rounds: int
) -> dict[str, Any]:
    """Measure one network with one set of options.

    Args:
        config: Its config, by its path under ``configs/``.
        options: The options of the benchmark.
        rounds: Number of times that it is timed.
    """
    torch._dynamo.reset()
    (row,) = measure([prepare(config_path(config), options)], rounds)
    # Backward computes the gradients of inputs and of weights.
    passes = 3 if options.mode == 'train' else 1
    operations = 2 * passes * row['multiply_adds']['total']
    row['tflops'] = operations * row['images_per_second'] / 1e12
    return {**row, 'config': config}


class Results:
    """Results in a JSON file, which is rewritten after each of them.

    Args:
        path: The file; the results that it holds stay, unless they failed.
        machine: The machine that measures.
        seconds: Time from now during which results are added.

    Raises:
        ValueError: If the file holds results of another machine.
    """

    def __init__(
        self, path: Path, machine: dict[str, Any], seconds: float
    ) -> None:
        self.path = path
        self.end = time.monotonic() + seconds
        self.content: dict[str, Any] = dict(machine=machine)
        if path.exists():
            content = json.loads(path.read_text())
            if content['machine'] != machine:
                raise ValueError(
                    f'{path} was measured on {content["machine"]}, not '
                    f'{machine}; name another folder by --out'
                )
            self.content = {
                key: value
                for key, value in content.items()
                if 'error' not in value
            }

    def add(
        self, key: str, compute: Callable[[], Any], seconds: float = 10
    ) -> None:
        """Compute a result unless it is there, or there is no time for it.

        Args:
            key: Name of the result.
            compute: Function that computes it.
            seconds: Time that it may take.
        """
        if key in self.content or time.monotonic() + seconds > self.end:
            return
        try:
            self.content[key] = compute()
        except Exception as error:
            # The others are worth having, whatever one of them ends in.
            text = (str(error) or repr(error)).splitlines()[0]
            self.content[key] = dict(error=f'{type(error).__name__}: {text}')
        print(key, json.dumps(self.content[key]), flush=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write_text(self.path, json.dumps(self.content, indent=2) + '\n')


def draw(path: Path, content: dict[str, Any]) -> None:
    """Draw the ratios to the floor over the batch sizes.

    Args:
        path: The picture.
        content: The results.
    """
    rows = [row for row in content.values() if 'floor_ratio' in row]
    figure, axes = plt.subplots(
        1, 2, figsize=(10, 4), layout='constrained', sharey=True
    )
    for axis, mode in zip(axes, ('inference', 'train'), strict=True):
        curves: dict[str, list[tuple[int, float]]] = {}
        for row in rows:
            if row['mode'] != mode:
                continue
            name = Path(row['config']).stem.removeprefix('refinenet_')
            height, width = row['shape']
            compiled = 'compiled' if row['compiled'] else 'eager'
            label = f'{name} {height}x{width} {row["dtype"]} {compiled}'
            curves.setdefault(label, []).append(
                (row['batch_size'], row['floor_ratio'])
            )
        for label, points in curves.items():
            axis.plot(*zip(*sorted(points), strict=True), 'o-', label=label)
        axis.axhline(1, color='gray', linewidth=0.8)
        axis.set_title(mode)
        axis.set_xlabel('batch size')
        if curves:
            axis.legend(fontsize='x-small')
    axes[0].set_ylabel('time, of the convolutions alone')
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    """Parse the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', type=Path, default='benchmarks/results')
    parser.add_argument('--device', choices=['cuda', 'cpu'], default='cuda')
    parser.add_argument('--seconds', type=float, default=420)
    parser.add_argument('--rounds', type=int, default=20)
    parser.add_argument(
        '--scale', type=int, default=1, help='divide the sizes, for a trial'
    )
    args = parser.parse_args()
    device = args.device
    # As convolutions compute fp32 by default, and products then do too.
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    name = device if args.scale == 1 else f'trial_{args.scale}_{device}'
    results = Results(
        args.out / f'{name}.json', describe_machine(device), args.seconds
    )
    for dtype in ('bf16', 'fp32'):
        results.add(
            f'ceiling_{dtype}',
            lambda dtype=dtype: dict(
                tflops=measure_ceiling(device, dtype, 8192 // args.scale)
            ),
        )
    results.add('pooling_difference', lambda: largest_difference(device))
    for dtype in ('bf16', 'fp32'):
        results.add(
            f'pooling_{dtype}',
            lambda dtype=dtype: measure_pooling(
                size=(512 // args.scale,) * 2,
                batch_size=max(1, 8 // args.scale),
                device=device,
                dtype=dtype,
                rounds=args.rounds,
            ),
        )
    for config, options in list_runs(device, args.scale):
        height, width = options.shape
        how = 'compiled' if options.compiled else 'eager'
        results.add(
            f'{Path(config).stem} {options.mode} {options.dtype} {how} '
            f'{options.batch_size}x{height}x{width}',
            lambda config=config, options=options: measure_network(
                config, options, args.rounds
            ),
            COMPILING if options.compiled else 10,
        )
    draw(results.path.with_suffix('.png'), results.content)


if __name__ == '__main__':
    main()
