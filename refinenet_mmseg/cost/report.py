"""Measurements as a table, as JSON and as a plot."""

import json
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table

from ..atomic_io import atomic_write_text

Row = dict[str, Any]


def make_table(rows: Sequence[Row]) -> Group:
    """Lay measurements out for a terminal.

    Args:
        rows: What ``measure`` returned.
    """
    first = rows[0]
    configs = list(dict.fromkeys(row['config'] for row in rows))
    names = dict(zip(configs, string.ascii_uppercase, strict=False))
    in_formats = 'format' in first
    how = f'{first["mode"]}, {first["device"]}, {first["dtype"]}'
    if first['compiled']:
        how += ', compiled'
    table = Table(
        title=how,
        caption='floor: the convolutions alone',
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for name in (
        *('', 'batch,\nsize', '\nms', 'p10 to\np90', 'images\nper s'),
        *('of the\nfirst', 'of the\nfloor'),
        *(('file\nMB',) if in_formats else ('peak\nMB', 'kept\nMB')),
    ):
        table.add_column(name, justify='right', no_wrap=True)
    for row in rows:
        time = row['latency_ms']
        height, width = row['shape']
        table.add_row(
            ' '.join((names[row['config']], row.get('format', ''))).strip(),
            f'{row["batch_size"]}, {height}x{width}',
            f'{time["median"]:.1f}',
            f'{time["p10"]:.0f} to {time["p90"]:.0f}',
            f'{row["images_per_second"]:.2f}',
            f'{row["ratio_to_first"]:.2f}',
            f'{row["floor_ratio"]:.2f}',
            *(
                [_megabytes(row['file_mb'], 1)]
                if in_formats
                else [
                    _megabytes(row['peak_memory_mb'], 0),
                    _megabytes(row['saved_for_backward_mb'], 1),
                ]
            ),
        )
    sizes = {row['config']: row for row in reversed(rows)}
    legend = [
        f'{names[config]}  {Path(config).stem}: '
        f'{_with_head(sizes[config]["parameters"], 1e6, "M")} parameters, '
        f'{_with_head(sizes[config]["multiply_adds"], 1e9, "G")} multiply-adds'
        for config in configs
    ]
    return Group(*legend, table)


def _megabytes(number: float | None, digits: int) -> str:
    return '' if number is None else f'{number:.{digits}f}'


def _with_head(counts: dict[str, int], unit: float, letter: str) -> str:
    total, head = counts['total'] / unit, counts['decode_head'] / unit
    return f'{total:.2f} {letter} (head {head:.2f} {letter})'


def write_json(
    path: str | Path, machine: dict[str, Any], rows: Sequence[Row]
) -> None:
    """Write measurements for other programs.

    Args:
        path: The file.
        machine: What ``describe_machine`` returned.
        rows: What ``measure`` returned.
    """
    content = dict(**machine, rows=list(rows))
    atomic_write_text(Path(path), json.dumps(content, indent=2) + '\n')


def plot_sweep(
    path: str | Path, rows: Sequence[Row], exponents: dict[str, float]
) -> None:
    """Draw the time an image takes over its pixels.

    Args:
        path: The picture, in the format that its suffix names.
        rows: What ``measure`` returned, over several sizes.
        exponents: Fitted growth of each config.
    """
    figure, axes = plt.subplots(figsize=(6, 4), layout='constrained')
    for config, exponent in exponents.items():
        points = sorted(
            (
                row['batch_size'] * row['shape'][0] * row['shape'][1],
                row['latency_ms']['median'],
            )
            for row in rows
            if row['config'] == config
        )
        label = f'{Path(config).stem} (pixels to the {exponent:.2f})'
        axes.loglog(*zip(*points, strict=True), 'o-', label=label)
    axes.set_xlabel('pixels')
    axes.set_ylabel('median time (ms)')
    axes.grid(which='both', alpha=0.3)
    axes.legend(fontsize='small')
    figure.savefig(path, dpi=150)
    plt.close(figure)
