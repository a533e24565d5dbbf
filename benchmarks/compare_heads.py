"""Train the compared heads on CamVid, several at once, resumable.

The first seed of all heads comes before the second. A run that has its
``result.json`` is done. When the time is up, running trainings are stopped;
another call resumes each from its last checkpoint::

    python benchmarks/compare_heads.py --out work_dirs/compare

On two cores, train two at once in a thread each: ``--jobs 2``, and
``OMP_NUM_THREADS=1``. On a GPU, train eight at once with the data in memory:
``--jobs 8 --data /dev/shm/camvid``.
"""

import argparse
import itertools
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
HEADS = (
    'light_weight_refinenet',
    'refinenet',
    'fpn',
    'segformer',
    'deeplabv3plus',
    'pspnet',
    'fcn',
    'upernet',
)
BACKBONE = 'efficientnet-lite0'
RECIPE = '1xb4-1k_camvid-192x256'
TERMINATION_SECONDS = 30  # from SIGTERM to SIGKILL


@dataclass(frozen=True)
class Run:
    """One training: a head, a recipe and a seed."""

    head: str
    recipe: str
    seed: int
    out: Path

    @property
    def folder(self) -> Path:
        """Return the work folder."""
        return self.out / self.config.stem / f'seed{self.seed}'

    @property
    def config(self) -> Path:
        """Return the path of the config."""
        name = f'{self.head}_{BACKBONE}-comparison_{self.recipe}.py'
        return ROOT / 'configs' / 'comparison' / name

    @property
    def is_done(self) -> bool:
        """Return whether the run has its result."""
        return (self.folder / 'result.json').exists()

    def command(self, data: Path, options: list[str]) -> list[str]:
        """Build the command that starts or resumes the run."""
        roots = [
            f'{split}_dataloader.dataset.data_root={data}'
            for split in ('train', 'val', 'test')
        ]
        return [
            sys.executable,
            str(ROOT / 'tools' / 'train.py'),
            str(self.config),
            '--work-dir',
            str(self.folder),
            '--resume',
            '--cfg-options',
            *roots,
            f'randomness.seed={self.seed}',
            *options,
        ]


def list_runs(
    heads: list[str], recipe: str, seeds: list[int], out: Path
) -> list[Run]:
    """List the runs, one seed of all heads before the next."""
    return [
        Run(head, recipe, seed, out)
        for seed, head in itertools.product(
            dict.fromkeys(seeds), dict.fromkeys(heads)
        )
    ]


def train_all(
    runs: list[Run], data: Path, options: list[str], jobs: int, seconds: float
) -> Iterator[tuple[Run, str]]:
    """Train the runs that are not done, until the time is up.

    Args:
        runs: Runs, the most important first.
        data: CamVid's folder.
        options: Additional ``--cfg-options``.
        jobs: Number of trainings at once.
        seconds: Time after which running trainings are stopped.

    Yields:
        Each run that ended and its outcome: ``done``, ``stopped`` or
        ``failed``.
    """
    deadline = time.monotonic() + seconds
    pending = [run for run in runs if not run.is_done]
    running: dict[Run, subprocess.Popen[bytes]] = {}
    try:
        while pending or running:
            while pending and len(running) < jobs:
                run = pending.pop(0)
                running[run] = _start(run.command(data, options), run.folder)
            for run, process in list(running.items()):
                if process.poll() is not None:
                    del running[run]
                    yield run, 'done' if run.is_done else 'failed'
            if time.monotonic() > deadline:
                break
            time.sleep(0.5)
    finally:
        for process in running.values():
            process.send_signal(signal.SIGTERM)
    for run, process in running.items():
        try:
            process.wait(TERMINATION_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        yield run, 'done' if run.is_done else 'stopped'


def _start(command: list[str], folder: Path) -> 'subprocess.Popen[bytes]':
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / 'output.log').open('ab') as log:
        return subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
        )


def print_states(runs: list[Run], console: Console) -> None:
    """Print a table of the runs that are done and open."""
    table = Table('run', 'state')
    for run in runs:
        state = 'done' if run.is_done else 'open'
        table.add_row(str(run.folder.relative_to(run.out)), state)
    console.print(table)


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument('--data', type=Path, default=ROOT / 'data' / 'camvid')
    parser.add_argument('--out', type=Path, required=True)
    parser.add_argument('--heads', nargs='+', choices=HEADS, default=HEADS)
    parser.add_argument('--recipe', default=RECIPE)
    parser.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2])
    parser.add_argument('--jobs', type=int, default=1)
    parser.add_argument('--seconds', type=float, default=float('inf'))
    parser.add_argument('--cfg-options', nargs='+', default=[])
    args = parser.parse_args()
    if not (args.data / 'train').is_dir():
        parser.error(f'--data {args.data}: there is no {args.data}/train')
    if args.jobs < 1:
        parser.error(f'--jobs {args.jobs}: at least 1')
    console = Console()
    runs = list_runs(args.heads, args.recipe, args.seeds, args.out.resolve())
    if missing := [run.config for run in runs if not run.config.exists()]:
        parser.error(
            f'--recipe {args.recipe}: there is no {missing[0]}; '
            'configs/comparison/README.md tells how to write one'
        )
    data = args.data.resolve()
    failed = False
    for run, outcome in train_all(
        runs, data, args.cfg_options, args.jobs, args.seconds
    ):
        failed |= outcome == 'failed'
        console.print(f'{outcome}: {run.folder}')
    print_states(runs, console)
    if failed:
        console.print('The log of a failed run is its output.log.')
        sys.exit(1)


if __name__ == '__main__':
    main()
