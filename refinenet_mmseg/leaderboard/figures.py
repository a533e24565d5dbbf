"""The figures of a ranking, drawn by plotly in the reader's browser."""

from collections.abc import Callable
from typing import Any

from .class_figure import draw_classes
from .entry import Entry
from .pareto import pareto_front
from .plotting import (
    Figure,
    content_of,
    empty_figure,
    entry_style,
    error_bars,
    plain_text,
)
from .ranking import Ranking
from .table import describe_cost


def make_figures(ranking: Ranking) -> list[Figure]:
    """Draw what the results of a ranking allow.

    Args:
        ranking: The ranking.

    Raises:
        ImportError: If plotly is not installed.
    """
    figures = []
    if ranking.cost_settings:
        figures += [
            _draw_cost(
                ranking,
                'latency',
                'latency',
                'Latency of a batch (ms)',
                lambda cost: cost['latency_ms']['median'],
                lambda entry: entry.cost_setting,
            ),
            _draw_cost(
                ranking,
                'multiply_adds',
                'multiply-adds',
                'Multiply-adds an image (10⁹)',
                lambda cost: cost['multiply_adds']['total'] / 1e9,
                lambda entry: entry.cost_setting and entry.cost_setting[6:8],
            ),
        ]
    if any(any(entry.boundary.values()) for entry in ranking.entries):
        figures.append(_draw_boundary(ranking))
    figures.append(draw_classes(ranking))
    return figures


def _draw_cost(
    ranking: Ranking,
    key: str,
    name: str,
    axis: str,
    cost_of: Callable[[dict[str, Any]], float],
    setting_of: Callable[[Entry], Any],
) -> Figure:
    groups: dict[Any, list[tuple[float, Entry]]] = {}
    for entry in ranking.entries:
        if entry.cost is not None:
            point = (cost_of(entry.cost), entry)
            groups.setdefault(setting_of(entry), []).append(point)
    figure = empty_figure()
    on_front: list[str] = []
    for points in groups.values():
        scores = [(cost, e.metrics['mIoU'].mean) for cost, e in points]
        front = pareto_front(scores)
        on_front += [points[i][1].label for i in front]
        figure.add_scatter(
            x=[scores[i][0] for i in front],
            y=[scores[i][1] for i in front],
            mode='lines',
            line=dict(shape='hv', dash='dot', width=1.5),
            meta=dict(role='front'),
            hoverinfo='skip',
        )
    for cost, entry in (p for points in groups.values() for p in points):
        spread = entry.metrics['mIoU']
        figure.add_scatter(
            x=[cost],
            y=[spread.mean],
            error_y=error_bars([spread.deviation]),
            hovertext=[
                f'<b>{plain_text(entry.label)}</b><br>mIoU {spread}'
                f'<br>{cost:,.1f} {"ms" if key == "latency" else "G"}'
                f'<br>{plain_text(describe_cost(entry.cost))}'
            ],
            mode='markers',
            **entry_style(entry, size=12),
        )
    costs = [cost for points in groups.values() for cost, _ in points]
    # Zero belongs on the axis unless the costs are of different magnitudes.
    spreads_widely = min(costs) > 0 and max(costs) > 30 * min(costs)
    figure.update_xaxes(title=axis, rangemode='tozero')
    if spreads_widely:
        figure.update_xaxes(type='log', rangemode='normal')
    figure.update_yaxes(title='mIoU (%)')
    several = len(groups) > 1
    return Figure(
        key,
        f'mIoU against {name}',
        'Up and to the left is better. The dotted line is the Pareto front: '
        'nothing is both cheaper and better than what lies on it.'
        + (
            ' Costs were measured in different ways; each has a front of its '
            'own.'
            if several
            else ''
        ),
        f'Scatter plot of mIoU against {name}. On the Pareto front: '
        f'{", ".join(on_front)}. The table above holds the numbers.',
        content_of(figure),
    )


def _draw_boundary(ranking: Ranking) -> Figure:
    figure = empty_figure()
    widths = sorted({w for entry in ranking.entries for w in entry.boundary})
    for entry in ranking.entries:
        points = [(w, s) for w, s in entry.boundary.items() if s is not None]
        if not points:
            continue
        figure.add_scatter(
            x=[width for width, _ in points],
            y=[spread.mean for _, spread in points],
            error_y=error_bars([spread.deviation for _, spread in points]),
            hovertext=[
                f'<b>{plain_text(entry.label)}</b>'
                f'<br>within {width} px: {spread}'
                for width, spread in points
            ],
            mode='lines+markers',
            **entry_style(entry, size=8),
        )
    figure.update_xaxes(
        title='Width of the band (px)',
        type='log',
        tickvals=widths,
        ticktext=[str(width) for width in widths],
    )
    figure.update_yaxes(title='mIoU in the band (%)')
    return Figure(
        'boundary',
        'mIoU near boundaries',
        'mIoU over the pixels in a band along the boundaries between '
        'labels. The narrower it is, the more it tells of sharp outlines.',
        f'Line chart of mIoU within {", ".join(map(str, widths))} pixels of '
        'a label boundary, a line for each network. The numbers are in the '
        'table below the figures.',
        content_of(figure),
    )
