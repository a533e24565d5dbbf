"""Train the compared heads on CamVid, several at once, and go on later.

One seed of all heads first, then the next seed. A run that has its
``result.json`` is done; when the time is up, those under way are stopped, and
another call resumes each from its last checkpoint::

    python benchmarks/compare_heads.py --out work_dirs/compare

On two cores, crops, two trainings at once with a thread each: ``--recipe
1xb4-1k_camvid-192x256 --jobs 2``, and ``OMP_NUM_THREADS=1``. On a GPU, eight
at once and the data in memory: ``--jobs 8 --data /dev/shm/camvid``.
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
RECIPES = ('1xb4-10k_camvid-360x480', '1xb4-1k_camvid-192x256')
PATIENCE = 30  # seconds that a stopped run has to end


@dataclass(frozen=True)
class Run:
    """One training: a head, a backbone, a recipe and a seed."""

    head: str
    backbone: str
    recipe: str
    seed: int
    out: Path

    @property
    def folder(self) -> Path:
        """The work folder."""
        return self.out / self.config.stem / f'seed{self.seed}'

    @property
    def config(self) -> Path:
        """The config."""
        name = f'{self.head}_{self.backbone}-comparison_{self.recipe}.py'
        return ROOT / 'configs' / 'comparison' / name

    @property
    def is_done(self) -> bool:
        """Whether the result is there."""
        return (self.folder / 'result.json').exists()

    def command(self, data: Path, options: list[str]) -> list[str]:
        """Build the command that starts the run, or resumes it."""
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
    heads: list[str], backbone: str, recipe: str, seeds: list[int], out: Path
) -> list[Run]:
    """List the runs, one seed of all heads before the next."""
    return [
        Run(head, backbone, recipe, seed, out)
        for seed, head in itertools.product(
            dict.fromkeys(seeds), dict.fromkeys(heads)
        )
    ]


def train_all(
    runs: list[Run], data: Path, options: list[str], jobs: int, seconds: float
) -> Iterator[tuple[Run, str]]:
    """Train what is not done, ``jobs`` at a time, until the time is up.

    Args:
        runs: What to train, the most important first.
        data: CamVid's folder.
        options: More ``--cfg-options``.
        jobs: Trainings at a time.
        seconds: When those under way are stopped.

    Yields:
        A run that ended and how: ``done``, ``stopped`` or ``failed``.
    """
    deadline = time.monotonic() + seconds
    waiting = [run for run in runs if not run.is_done]
    under_way: dict[Run, subprocess.Popen[bytes]] = {}
    try:
        while waiting or under_way:
            while waiting and len(under_way) < jobs:
                run = waiting.pop(0)
                under_way[run] = _start(run.command(data, options), run.folder)
            for run, process in list(under_way.items()):
                if process.poll() is not None:
                    del under_way[run]
                    yield run, 'done' if run.is_done else 'failed'
            if time.monotonic() > deadline:
                break
            time.sleep(0.5)
    finally:
        for process in under_way.values():
            process.send_signal(signal.SIGTERM)
    for run, process in under_way.items():
        try:
            process.wait(PATIENCE)
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


def show(runs: list[Run], console: Console) -> None:
    """Print which runs are done."""
    table = Table('run', 'state')
    for run in runs:
        state = 'done' if run.is_done else 'open'
        table.add_row(str(run.folder.relative_to(run.out)), state)
    console.print(table)


def main() -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument('--data', type=Path, default=ROOT / 'data' / 'camvid')
    parser.add_argument('--out', type=Path, required=True)
    parser.add_argument('--heads', nargs='+', choices=HEADS, default=HEADS)
    parser.add_argument('--backbone', choices=('r18', 'r50'), default='r18')
    parser.add_argument('--recipe', choices=RECIPES, default=RECIPES[0])
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
    runs = list_runs(
        args.heads,
        args.backbone,
        args.recipe,
        args.seeds,
        args.out.resolve(),
    )
    if missing := [run.config for run in runs if not run.config.exists()]:
        parser.error(f'--recipe {args.recipe}: there is no {missing[0]}')
    data = args.data.resolve()
    failed = False
    for run, outcome in train_all(
        runs, data, args.cfg_options, args.jobs, args.seconds
    ):
        failed |= outcome == 'failed'
        console.print(f'{outcome}: {run.folder}')
    show(runs, console)
    if failed:
        console.print('The log of a failed run is its output.log.')
        sys.exit(1)


if __name__ == '__main__':
    main()
