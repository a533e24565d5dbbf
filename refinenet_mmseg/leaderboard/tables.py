"""Table and text summary of a ranking, for HTML and Markdown."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .ranking import Entry, MeanAndDeviation, Ranking

MISSING = '\N{EN DASH}'
# Width in pixels of the boundary band in the table; the figure has all bands.
BOUNDARY_WIDTH = 2


@dataclass(frozen=True)
class Cell:
    """A cell of the table.

    Args:
        text: The text to show.
        value: The value to sort by; None sorts last.
        best: Whether it is the best of its column. Default: False.
    """

    text: str
    value: float | str | None
    best: bool = False


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Args:
        key: A unique name.
        title: The text of the heading.
        description: The long form of the title.
        more_is_better: None if neither more nor less is. Default: None.
        numeric: Whether it holds numbers. Default: True.
    """

    key: str
    title: str
    description: str
    more_is_better: bool | None = None
    numeric: bool = True


COLUMNS = (
    Column('rank', '#', 'rank by mean mIoU'),
    Column('model', 'Model', 'method of the decode head', numeric=False),
    Column('backbone', 'Backbone', 'backbone', numeric=False),
    Column('miou', 'mIoU', 'mean IoU over classes, percent', True),
    Column('macc', 'mAcc', 'mean accuracy over classes, percent', True),
    Column(
        'boundary',
        f'Boundary {BOUNDARY_WIDTH}\N{NO-BREAK SPACE}px',
        f'mIoU within {BOUNDARY_WIDTH} px of label boundaries, percent',
        True,
    ),
    Column('parameters', 'Params, M', 'parameters, millions', False),
    Column('multiply_adds', 'MAdds, G', 'multiply-adds per image, 10⁹', False),
    Column('latency', 'Latency, ms', 'median time of a batch', False),
    Column(
        'conditions',
        'Measured on',
        'how costs were measured',
        numeric=False,
    ),
    Column('seeds', 'Seeds', 'number of trainings'),
)


def select_columns(ranking: Ranking) -> list[Column]:
    """List the columns; that of the backbone only if there are several."""
    several = len(ranking.backbones) > 1
    return [
        column for column in COLUMNS if several or column.key != 'backbone'
    ]


def make_table(ranking: Ranking) -> list[dict[str, Cell]]:
    """Fill a row for each network and mark the best of each column.

    Costs that were measured under different conditions are shown, but none
    of them is marked as the best.

    Returns:
        For each network its cells, by the keys of ``COLUMNS``.
    """
    rows = [_make_row(entry) for entry in ranking.entries]
    not_comparable = set()
    if not ranking.latencies_are_comparable:
        not_comparable.add('latency')
    if not ranking.multiply_adds_are_comparable:
        not_comparable.add('multiply_adds')
    for column in COLUMNS:
        if column.more_is_better is None or column.key in not_comparable:
            continue
        choose: Callable[..., Any] = max if column.more_is_better else min
        values = [row[column.key].value for row in rows]
        known = [value for value in values if value is not None]
        if len(known) < 2:
            continue
        best = choose(known)
        for row in rows:
            if row[column.key].value == best:
                row[column.key] = replace(row[column.key], best=True)
    return rows


def _make_row(entry: Entry) -> dict[str, Cell]:
    cost, backbone = entry.cost, entry.result['backbone']
    conditions = describe_conditions(cost)
    return {
        'rank': Cell(str(entry.rank), entry.rank),
        'model': Cell(entry.method, entry.method),
        'backbone': Cell(backbone, backbone),
        'miou': _score_cell(entry.metrics['mIoU']),
        'macc': _score_cell(entry.metrics['mAcc']),
        'boundary': _score_cell(entry.boundary.get(BOUNDARY_WIDTH)),
        'parameters': _count_cell(cost, 'parameters', 1e6, 2),
        'multiply_adds': _count_cell(cost, 'multiply_adds', 1e9, 1),
        'latency': _latency_cell(cost),
        'conditions': Cell(conditions, conditions if cost else None),
        'seeds': Cell(str(len(entry.runs)), len(entry.runs)),
    }


def _score_cell(score: MeanAndDeviation | None) -> Cell:
    if score is None:
        return Cell(MISSING, None)
    return Cell(str(score), score.mean)


def _count_cell(
    cost: dict[str, Any] | None, field: str, unit: float, digits: int
) -> Cell:
    if cost is None:
        return Cell(MISSING, None)
    value = cost[field]['total'] / unit
    return Cell(f'{value:,.{digits}f}', value)


def _latency_cell(cost: dict[str, Any] | None) -> Cell:
    if cost is None:
        return Cell(MISSING, None)
    value = cost['latency_ms']['median']
    return Cell(f'{value:,.{1 if value < 100 else 0}f}', value)


def describe_conditions(cost: dict[str, Any] | None) -> str:
    """Describe how a cost was measured, such as ``CPU, fp32, 360x480``.

    Args:
        cost: A row of ``tools/benchmark.py``; None if nothing was measured.
    """
    if cost is None:
        return MISSING
    device = 'GPU' if cost['device'] == 'cuda' else cost['device'].upper()
    parts = [device, cost['dtype'], '{}x{}'.format(*cost['shape'])]
    if cost['batch_size'] > 1:
        parts.append(f'batch {cost["batch_size"]}')
    if cost['mode'] != 'inference':
        parts.append(cost['mode'])
    if cost['compiled']:
        parts.append('compiled')
    return ', '.join(parts)


def summarize_ranking(ranking: Ranking) -> str:
    """Summarize which network is first and how far this package's are behind.

    The lead of the first network is compared with the standard deviation of
    the difference over seeds.
    """
    first, *others = ranking.entries
    text = f'{first.label} has the highest mIoU, {_describe_score(first)}'
    if not others:
        return f'{text}; nothing else was measured in the same way.'
    second = others[0]
    sentences = [f'{text}, before {second.label}, {_describe_score(second)}.']
    lead = _difference(first, second)
    deviation = _deviation_of_difference(first, second)
    if deviation is None:
        sentences.append(
            f'The difference is {lead:.1f} points; with a single seed there '
            'is no deviation to compare it with.'
        )
    elif lead <= deviation:
        sentences.append(
            f'The difference of {lead:.1f} points is within one deviation '
            f'over seeds ({deviation:.1f}).'
        )
    else:
        sentences.append(
            f'The difference of {lead:.1f} points exceeds one deviation over '
            f'seeds ({deviation:.1f}).'
        )
    sentences += [
        f'{entry.label} is number {entry.rank} of {len(ranking.entries)}, '
        f'{_difference(first, entry):.1f} points below the first.'
        for entry in others[1:]
        if entry.is_from_package
    ]
    return ' '.join(sentences)


def _describe_score(entry: Entry) -> str:
    seeds = len(entry.runs)
    number = f'{seeds} seeds' if seeds > 1 else 'one seed'
    return f'{entry.metrics["mIoU"]} ({number})'


def _difference(first: Entry, other: Entry) -> float:
    return first.metrics['mIoU'].mean - other.metrics['mIoU'].mean


def _deviation_of_difference(first: Entry, other: Entry) -> float | None:
    """Return None if either network has a single seed."""
    a = first.metrics['mIoU'].deviation
    b = other.metrics['mIoU'].deviation
    return None if a is None or b is None else (a**2 + b**2) ** 0.5
