"""The table of a ranking, for a page and for Markdown alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .entry import Entry
from .ranking import Ranking
from .spread import Spread

MISSING = '\N{EN DASH}'
BOUNDARY_WIDTH = 2
"""Band that the table shows, in pixels; the figure has all of them."""


@dataclass(frozen=True)
class Cell:
    """What stands in a column for a network.

    Args:
        text: As it is read.
        value: As it is sorted; None sorts last.
        best: Whether it is the best of its column.
    """

    text: str
    value: float | str | None
    best: bool = False


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Args:
        key: Unique name.
        title: As it is read.
        hint: The long form.
        more_is_better: None where neither is.
        numeric: Whether it holds numbers.
    """

    key: str
    title: str
    hint: str
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
    Column('multiply_adds', 'MAdds, G', 'multiply-adds an image, 10⁹', False),
    Column('latency', 'Latency, ms', 'median time of a batch', False),
    Column('setting', 'Measured on', 'how costs were measured', numeric=False),
    Column('seeds', 'Seeds', 'how many trainings'),
)


def columns_of(ranking: Ranking) -> list[Column]:
    """Choose the columns: without the backbones, where there is but one.

    Args:
        ranking: The ranking.
    """
    several = len(ranking.backbones) > 1
    return [
        column for column in COLUMNS if several or column.key != 'backbone'
    ]


def make_table(ranking: Ranking) -> list[dict[str, Cell]]:
    """Fill the columns for each network.

    Numbers that were measured in different ways are shown, but none of them
    is called the best.

    Args:
        ranking: The ranking.

    Returns:
        For each network a cell for each key of ``COLUMNS``.
    """
    rows = [_make_row(entry) for entry in ranking.entries]
    settings = ranking.cost_settings
    comparable = {
        'latency': len(settings) <= 1,
        'multiply_adds': len({setting[6:8] for setting in settings}) <= 1,
    }
    for column in COLUMNS:
        if column.more_is_better is None:
            continue
        choose: Callable[..., Any] = max if column.more_is_better else min
        values = [row[column.key].value for row in rows]
        known = [value for value in values if value is not None]
        if len(known) < 2 or not comparable.get(column.key, True):
            continue
        best = choose(known)
        for row in rows:
            cell = row[column.key]
            if cell.value == best:
                row[column.key] = Cell(cell.text, cell.value, best=True)
    return rows


def describe_cost(cost: dict[str, Any] | None) -> str:
    """Tell how a cost row was measured, such as ``CPU, fp32, 360x480``.

    Args:
        cost: The row; None where nothing was measured.
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


def _make_row(entry: Entry) -> dict[str, Cell]:
    cost = entry.cost
    seeds = len(entry.runs)
    return {
        'rank': Cell(str(entry.rank), entry.rank),
        'model': Cell(entry.method, entry.method),
        'backbone': Cell(entry.result['backbone'], entry.result['backbone']),
        'miou': _spread_cell(entry.metrics['mIoU']),
        'macc': _spread_cell(entry.metrics['mAcc']),
        'boundary': _spread_cell(entry.boundary.get(BOUNDARY_WIDTH)),
        'parameters': _number_cell(cost, 'parameters', 1e6, 2),
        'multiply_adds': _number_cell(cost, 'multiply_adds', 1e9, 1),
        'latency': _latency_cell(cost),
        'setting': Cell(
            describe_cost(cost), None if cost is None else describe_cost(cost)
        ),
        'seeds': Cell(str(seeds), seeds),
    }


def _spread_cell(spread: Spread | None) -> Cell:
    if spread is None:
        return Cell(MISSING, None)
    return Cell(str(spread), spread.mean)


def _number_cell(
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
