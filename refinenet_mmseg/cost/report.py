"""Reports of a benchmark: table, JSON file and plot."""

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
    """Make a table of measurements for the terminal.

    Args:
        rows: Measurements, as :func:`measure` returns them.
    """
    first = rows[0]
    configs = list(dict.fromkeys(row['config'] for row in rows))
    letters = dict(zip(configs, string.ascii_uppercase, strict=False))
    has_formats = 'format' in first
    title = f'{first["mode"]}, {first["device"]}, {first["dtype"]}'
    if first['compiled']:
        title += ', compiled'
    table = Table(
        title=title,
        caption='floor: the convolutions alone',
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for header in (
        *('', 'batch,\nsize', '\nms', 'p10 to\np90', 'images\nper s'),
        *('of the\nfirst', 'of the\nfloor'),
        *(('file\nMB',) if has_formats else ('peak\nMB', 'kept\nMB')),
    ):
        table.add_column(header, justify='right', no_wrap=True)
    for row in rows:
        time = row['latency_ms']
        height, width = row['shape']
        table.add_row(
            ' '.join((letters[row['config']], row.get('format', ''))).strip(),
            f'{row["batch_size"]}, {height}x{width}',
            f'{time["median"]:.1f}',
            f'{time["p10"]:.0f} to {time["p90"]:.0f}',
            f'{row["images_per_second"]:.2f}',
            f'{row["ratio_to_first"]:.2f}',
            f'{row["floor_ratio"]:.2f}',
            *(
                [_format_megabytes(row['file_mb'], 1)]
                if has_formats
                else [
                    _format_megabytes(row['peak_memory_mb'], 0),
                    _format_megabytes(row['saved_for_backward_mb'], 1),
                ]
            ),
        )
    # The first row of each config: a sweep counts several sizes.
    counts = {row['config']: row for row in reversed(rows)}
    legend = []
    for config in configs:
        row = counts[config]
        parameters = _format_counts(row['parameters'], 1e6, 'M')
        multiply_adds = _format_counts(row['multiply_adds'], 1e9, 'G')
        legend.append(
            f'{letters[config]}  {Path(config).stem}: {parameters} '
            f'parameters, {multiply_adds} multiply-adds'
        )
    return Group(*legend, table)


def _format_megabytes(number: float | None, digits: int) -> str:
    return '' if number is None else f'{number:.{digits}f}'


def _format_counts(counts: dict[str, int], unit: float, prefix: str) -> str:
    total, head = counts['total'] / unit, counts['decode_head'] / unit
    return f'{total:.2f} {prefix} (head {head:.2f} {prefix})'


def write_json(
    path: str | Path, machine: dict[str, Any], rows: Sequence[Row]
) -> None:
    """Write measurements as JSON.

    Args:
        path: The file.
        machine: The machine, as :func:`describe_machine` returns it.
        rows: Measurements, as :func:`measure` returns them.
    """
    content = dict(**machine, rows=list(rows))
    atomic_write_text(Path(path), json.dumps(content, indent=2) + '\n')


def plot_sweep(
    path: str | Path, rows: Sequence[Row], exponents: dict[str, float]
) -> None:
    """Plot the time of a batch over its number of pixels.

    Args:
        path: The image file; its suffix selects the format.
        rows: Measurements at several sizes, as :func:`measure` returns them.
        exponents: The growth exponent of each config.
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
