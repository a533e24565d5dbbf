"""What tools/check_dataset.py does with its arguments."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from ..cli import add_config_options
from ..configs import read_config
from .checker import check_dataset
from .report import print_report, write_json
from .splits import SPLITS


def add_check_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the check.

    Args:
        parser: The tool's parser.
    """
    add = parser.add_argument
    add('config', metavar='CONFIG', help='any mmseg config')
    add('--split', choices=SPLITS, help='default: all that the config has')
    add('--json', metavar='F', help='write everything found to this file')
    add(
        '--workers',
        type=int,
        metavar='N',
        help='threads that read (default: a few more than CPUs)',
    )
    add_config_options(parser)


def run_check(args: argparse.Namespace) -> int:
    """Check a config's data sets and show what was found.

    Args:
        args: The parsed arguments.

    Returns:
        Exit status: 1 if there are errors, 0 if not.

    Raises:
        FileNotFoundError: If the config or the folder of the JSON is missing.
        ValueError: If arguments cannot be used.
    """
    if args.workers is not None and args.workers < 1:
        raise ValueError(f'--workers must be at least 1, got {args.workers}')
    if not Path(args.config).is_file():
        raise FileNotFoundError(f'no such config: {args.config}')
    if args.json is not None:
        _check_writable(Path(args.json))
    config = read_config(args.config)
    if args.cfg_options is not None:
        config.merge_from_dict(args.cfg_options)
    console = Console(markup=False, emoji=False, highlight=False)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task('Reading', total=None)

        def tick(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        report = check_dataset(config, args.split, args.workers, tick)
    if args.json is not None:
        write_json(args.json, args.config, report)
    print_report(report, console)
    return 1 if report.errors else 0


def _check_writable(path: Path) -> None:
    """Refuse a place that could not be written after a long check."""
    if path.is_dir():
        raise ValueError(f'--json {path} is a folder; name a file')
    if not path.parent.is_dir():
        raise FileNotFoundError(f'--json: no such folder: {path.parent}')
