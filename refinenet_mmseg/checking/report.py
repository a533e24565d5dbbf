"""What a check found, as tables and as JSON."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from .checker import Report
from .findings import WARNING, Finding
from .totals import Totals

_FILES, _VALUES = 3, 5  # shown of each finding, and of stray label values


def print_report(report: Report, console: Console) -> None:
    """Print the tables, the class weights and a last line that sums up.

    Args:
        report: What ``check_dataset`` returned.
        console: Where to print.
    """
    counted = {k: t for k, t in report.totals.items() if t.pixels.any()}
    if counted:
        console.print(_tabulate_classes(counted, report.class_weight))
    for note in report.notes:
        console.print(note, soft_wrap=True)
    if report.class_weight is not None:
        # soft_wrap: to be copied as one line.
        console.print(
            'median frequency weights, for model.decode_head.loss_decode:\n'
            f'class_weight={report.class_weight}\n',
            soft_wrap=True,
        )
    if report.findings:
        console.print(_tabulate_findings(report.findings))
    images = sum(totals.images for totals in report.totals.values())
    labels = sum(totals.labeled for totals in report.totals.values())
    errors = len(report.errors)
    console.print(
        f'{images:,} images and {labels:,} label maps in '
        f'{report.seconds:.1f} s: {_plural(errors, "error")}, '
        + _plural(len(report.findings) - errors, 'warning')
    )


def _plural(number: int, noun: str) -> str:
    return f'{number} {noun}' if number == 1 else f'{number} {noun}s'


def _tabulate_classes(
    totals: dict[str, Totals], weights: list[float] | None
) -> Table:
    table = Table(title='class frequencies', box=SIMPLE_HEAD)
    table.add_column('', justify='right')
    table.add_column('class', overflow='fold')
    for name in totals:
        table.add_column(f'{name}\npixels %', justify='right')
        table.add_column(f'{name}\nimages', justify='right')
    if weights is not None:
        table.add_column('\nweight', justify='right')
    names = max((t.classes for t in totals.values()), key=len)
    for index, name in enumerate(names):
        cells = [str(index), name]
        for split in totals.values():
            cells += _count(split, index)
        if weights is not None and index < len(weights):
            cells.append(f'{weights[index]:g}')
        table.add_row(*cells)
    cells = ['', 'ignored']
    for split in totals.values():
        cells += _count(split, split.ignored)
    table.add_row(*cells)
    return table


def _count(totals: Totals, value: int) -> list[str]:
    if not 0 <= value < len(totals.pixels):  # an ignored value such as -100
        return ['', '']
    share = totals.pixels[value] / totals.pixels.sum()
    return [f'{share:.3%}'[:-1], f'{totals.occurrences[value]:,}']


def _tabulate_findings(findings: list[Finding]) -> Table:
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
        if shown[key] > _VALUES:
            continue
        first = [
            f'{path}: {detail}' if detail else path
            for path, detail in finding.files[:_FILES]
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
        if count > _VALUES:
            more = f'and {count - _VALUES} more like these ({kind})'
            table.add_row('', split, more, '', 'see --json')
    return table


def _common_folder(paths: list[str]) -> str | None:
    if not paths or any('://' in path for path in paths):
        return None
    try:
        return os.path.commonpath([os.path.dirname(path) for path in paths])
    except ValueError:  # absolute and relative ones
        return None


def write_json(path: str | Path, config: str, report: Report) -> None:
    """Write everything that was found for other programs.

    Args:
        path: The file.
        config: The config's file.
        report: What ``check_dataset`` returned.
    """
    content = dict(
        config=config,
        seconds=round(report.seconds, 3),
        splits={
            name: _list_counts(totals)
            for name, totals in report.totals.items()
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
    Path(path).write_text(json.dumps(content, indent=2) + '\n')


def _list_counts(totals: Totals) -> dict[str, Any]:
    pixels, images = totals.pixels.tolist(), totals.occurrences.tolist()
    return dict(
        images=totals.images,
        labeled=totals.labeled,
        ignored_value=totals.ignored,
        classes=[
            dict(name=name, pixels=pixels[i], images=images[i])
            for i, name in enumerate(totals.classes)
        ],
        pixels_of_values={v: n for v, n in enumerate(pixels) if n},
    )
