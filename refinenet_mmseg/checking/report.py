"""Report of a check: as tables on the console and as JSON."""

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ..atomic_io import atomic_write_text
from .findings import ERROR, WARNING, Finding
from .statistics import SplitStatistics

# Files shown per finding, and findings shown per kind, at most.
MAX_FILES, MAX_FINDINGS = 3, 5


@dataclass
class Report:
    """Results of a check.

    Args:
        statistics: Statistics of each split whose files could be listed.
        findings: Errors before warnings.
        class_weight: Weight of each class, from the training split; None
            where it was not checked or has no labels.
        notes: Splits and files that were not read, and why.
        seconds: Time that the check took.
    """

    statistics: dict[str, SplitStatistics]
    findings: list[Finding]
    class_weight: list[float] | None
    notes: list[str]
    seconds: float

    @property
    def errors(self) -> list[Finding]:
        """Findings that stop a training or corrupt it silently."""
        return [f for f in self.findings if f.severity == ERROR]


def print_report(report: Report, console: Console) -> None:
    """Print the tables, the class weights and a summary line.

    Args:
        report: Result of ``check_dataset``.
        console: Console to print on.
    """
    counted = {k: s for k, s in report.statistics.items() if s.pixels.any()}
    if counted:
        console.print(_class_table(counted, report.class_weight))
    for note in report.notes:
        console.print(note, soft_wrap=True)
    if report.class_weight is not None:
        # Not mmseg's CrossEntropyLoss: its class_weight fails where pixels
        # are ignored, as those of padding are. soft_wrap: one line to copy.
        console.print(
            'median frequency weights, for model.decode_head:\n'
            "loss_decode=dict(type='ClassWeightedCrossEntropyLoss', "
            f'class_weight={report.class_weight})\n',
            soft_wrap=True,
        )
    if report.findings:
        console.print(_finding_table(report.findings))
    images = sum(split.num_images for split in report.statistics.values())
    labels = sum(split.num_labeled for split in report.statistics.values())
    errors = len(report.errors)
    console.print(
        f'{images:,} images and {labels:,} label maps in '
        f'{report.seconds:.1f} s: {_plural(errors, "error")}, '
        + _plural(len(report.findings) - errors, 'warning')
    )


def write_json(path: str | Path, config: str, report: Report) -> None:
    """Write the whole report for other programs.

    Args:
        path: The file.
        config: The config's file.
        report: Result of ``check_dataset``.
    """
    content = dict(
        config=config,
        seconds=round(report.seconds, 3),
        splits={
            name: _statistics_fields(split)
            for name, split in report.statistics.items()
        },
        class_weight=report.class_weight,
        notes=report.notes,
        errors=len(report.errors),
        findings=[
            dict(
                severity=finding.severity,
                split=finding.split,
                kind=finding.kind,
                message=finding.message,
                files=[
                    dict(path=path, detail=detail)
                    for path, detail in finding.files
                ],
            )
            for finding in report.findings
        ],
    )
    atomic_write_text(Path(path), json.dumps(content, indent=2) + '\n')


def _statistics_fields(split: SplitStatistics) -> dict[str, Any]:
    pixels, images = split.pixels.tolist(), split.images.tolist()
    return dict(
        images=split.num_images,
        labeled=split.num_labeled,
        ignored_value=split.ignored_label,
        classes=[
            dict(name=name, pixels=pixels[i], images=images[i])
            for i, name in enumerate(split.classes)
        ],
        pixels_of_values={v: n for v, n in enumerate(pixels) if n},
    )


def _class_table(
    statistics: dict[str, SplitStatistics], weights: list[float] | None
) -> Table:
    table = Table(title='class frequencies', box=SIMPLE_HEAD)
    table.add_column('', justify='right')
    table.add_column('class', overflow='fold')
    for name in statistics:
        table.add_column(f'{name}\npixels %', justify='right')
        table.add_column(f'{name}\nimages', justify='right')
    if weights is not None:
        table.add_column('\nweight', justify='right')
    names = max((s.classes for s in statistics.values()), key=len)
    for index, name in enumerate(names):
        cells = [str(index), name]
        for split in statistics.values():
            cells += _frequency_cells(split, index)
        if weights is not None and index < len(weights):
            cells.append(f'{weights[index]:g}')
        table.add_row(*cells)
    cells = ['', 'ignored']
    for split in statistics.values():
        cells += _frequency_cells(split, split.ignored_label)
    table.add_row(*cells)
    return table


def _frequency_cells(split: SplitStatistics, value: int) -> list[str]:
    """Format the pixels and images of a label value."""
    if not 0 <= value < len(split.pixels):  # an ignored value such as -100
        return ['', '']
    share = split.pixels[value] / split.pixels.sum()
    return [f'{share:.3%}'[:-1], f'{split.images[value]:,}']


def _finding_table(findings: list[Finding]) -> Table:
    paths = [path for finding in findings for path, _ in finding.files]
    root = _common_folder(paths)
    table = Table(
        title='findings',
        caption=f'files below {root}' if root else None,
        box=SIMPLE_HEAD,
    )
    for name in ('', 'split', 'what'):
        table.add_column(name, overflow='fold')
    table.add_column('files', justify='right')
    table.add_column('the first of them', overflow='fold')
    shown: Counter = Counter()
    for finding in findings:
        key = (finding.split, finding.kind)
        shown[key] += 1
        if shown[key] > MAX_FINDINGS:
            continue
        first = [
            f'{path}: {detail}' if detail else path
            for path, detail in finding.files[:MAX_FILES]
        ]
        if root:
            first = [text.replace(root + os.sep, '') for text in first]
        table.add_row(
            finding.severity,
            finding.split,
            finding.message,
            f'{len(finding.files):,}' if finding.files else '',
            '\n'.join(first),
            style='yellow' if finding.severity == WARNING else 'red',
        )
    for (split, kind), count in shown.items():
        if count > MAX_FINDINGS:
            more = f'and {count - MAX_FINDINGS} more like these ({kind})'
            table.add_row('', split, more, '', 'see --json')
    return table


def _common_folder(paths: list[str]) -> str | None:
    if not paths or any('://' in path for path in paths):
        return None
    try:
        return os.path.commonpath([os.path.dirname(path) for path in paths])
    except ValueError:  # absolute and relative ones
        return None


def _plural(number: int, noun: str) -> str:
    return f'{number} {noun}' if number == 1 else f'{number} {noun}s'
