"""Check of the data sets of a config, file by file."""

import argparse
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.progress import Progress

from ..cli import add_config_options
from ..configs import read_config
from .findings import (
    ERROR,
    Finding,
    compare_with_model,
    find_duplicates,
    find_split_faults,
    find_wrong_zero_labels,
)
from .report import Report, print_report, write_json
from .samples import find_unpaired_labels, read_samples
from .splits import (
    SPLITS,
    ListingError,
    OpenedDataset,
    choose_splits,
    find_class_names,
    find_ignored_label,
    open_dataset,
    unwrap_dataset,
)
from .statistics import SplitStatistics


def check_dataset(
    config: Config,
    split: str | None = None,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Read every image and label map of a config's data sets.

    Data sets inside of wrappers are read once, however often they are
    repeated.

    Args:
        config: Any mmseg config.
        split: ``train``, ``val`` or ``test``. Default: all.
        workers: Number of threads. Default: a few more than there are CPUs.
        on_progress: Called after each image with the number of images read
            and the total. Default: None.

    Raises:
        ValueError: If the config has no such split, or its data set cannot
            be built.
    """
    start = time.perf_counter()
    init_default_scope(config.get('default_scope') or 'mmseg')
    chosen = choose_splits(config, split)
    notes = []
    if (
        split is None
        and 'test' not in chosen
        and config.get('test_dataloader')
    ):
        notes.append('test: the same data set as val, read once')
    splits, findings = _open_splits(chosen)
    findings += compare_with_model(splits, config)
    total = sum(
        len(opened.dataset)
        for datasets in splits.values()
        for opened in datasets
    )
    statistics: dict[str, SplitStatistics] = {}
    done = 0
    for name, datasets in splits.items():
        counts = statistics[name] = SplitStatistics(
            name,
            find_class_names(datasets, config),
            find_ignored_label(datasets, config),
        )
        unpaired = []
        for opened in datasets:
            labels: set[str] = set()
            # Without closing, an interrupted check would read the rest first.
            with closing(read_samples(opened, workers)) as samples:
                for sample in samples:
                    counts.add(sample, opened.label_mapping)
                    if sample.label is not None:
                        labels.add(sample.label)
                    done += 1
                    if on_progress is not None:
                        on_progress(done, total)
            if opened.label_steps:
                unpaired += find_unpaired_labels(opened.dataset, labels)
        findings += find_split_faults(counts)
        if unpaired:
            files = [(path, '') for path in unpaired]
            findings.append(Finding(name, 'label_without_image', files=files))
        if not counts.num_labeled:
            notes.append(f'{name}: images only, no label maps to load')
    findings += find_wrong_zero_labels(statistics)
    findings += find_duplicates(statistics)
    findings.sort(key=lambda finding: finding.severity != ERROR)
    weights = (
        statistics['train'].class_weight() if 'train' in statistics else None
    )
    seconds = time.perf_counter() - start
    return Report(statistics, findings, weights, notes, seconds)


def add_check_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the check."""
    add = parser.add_argument
    add('config', metavar='CONFIG', help='any mmseg config')
    add('--split', choices=SPLITS, help='default: all that the config has')
    add('--json', metavar='F', help='write the whole report to this file')
    add(
        '--workers',
        type=int,
        metavar='N',
        help='threads that read (default: a few more than CPUs)',
    )
    add_config_options(parser)


def run_check(arguments: argparse.Namespace) -> int:
    """Check a config's data sets and print the report.

    Returns:
        Exit status: 1 if there are errors, 0 if not.

    Raises:
        FileNotFoundError: If the config or the folder of the JSON is missing.
        ValueError: If arguments cannot be used.
    """
    workers, json_file = arguments.workers, arguments.json
    if workers is not None and workers < 1:
        raise ValueError(f'--workers must be at least 1, got {workers}')
    config = read_config(arguments.config, arguments.cfg_options)
    if json_file is not None:
        _check_writable(Path(json_file))
    console = Console(markup=False, emoji=False, highlight=False)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task('Reading', total=None)

        def update(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        report = check_dataset(config, arguments.split, workers, update)
    if json_file is not None:
        write_json(json_file, arguments.config, report)
    print_report(report, console)
    return 1 if report.errors else 0


def _open_splits(
    chosen: Mapping[str, dict],
) -> tuple[dict[str, list[OpenedDataset]], list[Finding]]:
    """Open the data sets of each split, except those that cannot be listed."""
    splits: dict[str, list[OpenedDataset]] = {}
    findings = []
    for name, dataset in chosen.items():
        for inner in unwrap_dataset(dataset):
            try:
                splits.setdefault(name, []).append(open_dataset(inner))
            except ListingError as error:
                findings.append(Finding(name, 'unlistable', str(error)))
    return {
        name: opened for name, opened in splits.items() if opened
    }, findings


def _check_writable(path: Path) -> None:
    """Check before a long check that the report can be written."""
    if path.is_dir():
        raise ValueError(f'--json {path} is a folder; name a file')
    if not path.parent.is_dir():
        raise FileNotFoundError(f'--json: no such folder: {path.parent}')
