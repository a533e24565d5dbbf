"""Figures of a ranking: mIoU against cost, near boundaries, per class."""

from collections.abc import Callable, Sequence
from typing import Any

from .plotting import (
    Figure,
    contrasting_text_colors,
    error_bars,
    escape,
    new_figure,
    to_content,
    trace_style,
)
from .ranking import Entry, Ranking
from .tables import describe_conditions

COLOR_SCALE = 'Viridis'
# More classes leave no room for numbers in the cells of the heat map.
MAX_NUMBERED_CLASSES = 25
# Costs that differ by more than this factor get a logarithmic axis.
MAX_LINEAR_RATIO = 30


def make_figures(ranking: Ranking) -> list[Figure]:
    """Draw the figures for which the results have numbers.

    Raises:
        ImportError: If plotly is not installed.
    """
    figures = []
    if ranking.benchmarked_entries:
        figures += [
            _draw_cost(
                ranking,
                'latency',
                name='latency',
                axis_title='Latency of a batch (ms)',
                unit='ms',
                get_cost=lambda cost: cost['latency_ms']['median'],
                get_conditions=lambda entry: entry.latency_conditions,
            ),
            _draw_cost(
                ranking,
                'multiply_adds',
                name='multiply-adds',
                axis_title='Multiply-adds per image (10⁹)',
                unit='G',
                get_cost=lambda cost: cost['multiply_adds']['total'] / 1e9,
                get_conditions=lambda entry: entry.cost_image_size,
            ),
        ]
    if any(any(entry.boundary.values()) for entry in ranking.entries):
        figures.append(_draw_boundary(ranking))
    figures.append(_draw_classes(ranking))
    return figures


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Compute the Pareto front of cost and score.

    A point is on the front unless another one costs no more and scores no
    less, and is better in at least one of the two.

    Args:
        points: Cost (less is better) and score (more is better) of each.

    Returns:
        Indices of the points on the front, by ascending cost.
    """
    front: list[int] = []
    order = sorted(
        range(len(points)), key=lambda i: (points[i][0], -points[i][1])
    )
    for index in order:
        if front and points[index] == points[front[-1]]:
            front.append(index)  # equal points are all on the front
        elif not front or points[index][1] > points[front[-1]][1]:
            front.append(index)
    return front


def _draw_cost(
    ranking: Ranking,
    key: str,
    name: str,
    axis_title: str,
    unit: str,
    get_cost: Callable[[dict[str, Any]], float],
    get_conditions: Callable[[Entry], Any],
) -> Figure:
    """Draw mIoU against a cost, with a Pareto front per set of conditions."""
    groups: dict[Any, list[tuple[float, Entry]]] = {}
    for entry in ranking.entries:
        if entry.cost is not None:
            point = (get_cost(entry.cost), entry)
            groups.setdefault(get_conditions(entry), []).append(point)
    figure = new_figure()
    on_front: list[str] = []
    for group in groups.values():
        points = [(cost, e.metrics['mIoU'].mean) for cost, e in group]
        front = pareto_front(points)
        on_front += [group[index][1].label for index in front]
        figure.add_scatter(
            x=[points[index][0] for index in front],
            y=[points[index][1] for index in front],
            mode='lines',
            line=dict(shape='hv', dash='dot', width=1.5),
            meta=dict(role='front'),
            hoverinfo='skip',
        )
    all_points = [point for group in groups.values() for point in group]
    for cost, entry in all_points:
        score = entry.metrics['mIoU']
        figure.add_scatter(
            x=[cost],
            y=[score.mean],
            error_y=error_bars([score.deviation]),
            hovertext=[
                f'<b>{escape(entry.label)}</b><br>mIoU {score}'
                f'<br>{cost:,.1f} {unit}'
                f'<br>{escape(describe_conditions(entry.cost))}'
            ],
            mode='markers',
            **trace_style(entry, size=12),
        )
    costs = [cost for cost, _ in all_points]
    figure.update_xaxes(title=axis_title, rangemode='tozero')
    if min(costs) > 0 and max(costs) > MAX_LINEAR_RATIO * min(costs):
        figure.update_xaxes(type='log', rangemode='normal')
    figure.update_yaxes(title='mIoU (%)')
    note = (
        'Up and to the left is better. The dotted line is the Pareto front: '
        'no network is both cheaper and better than one on it.'
    )
    if len(groups) > 1:
        note += (
            ' Costs were measured under different conditions, each of which '
            'has its own front.'
        )
    return Figure(
        key,
        f'mIoU against {name}',
        note,
        f'Scatter plot of mIoU against {name}. On the Pareto front: '
        f'{", ".join(on_front)}. The table above holds the numbers.',
        to_content(figure),
    )


def _draw_boundary(ranking: Ranking) -> Figure:
    """Draw mIoU within bands of several widths along label boundaries."""
    figure = new_figure()
    widths = ranking.boundary_widths
    for entry in ranking.entries:
        points = [(w, s) for w, s in entry.boundary.items() if s is not None]
        if not points:
            continue
        figure.add_scatter(
            x=[width for width, _ in points],
            y=[score.mean for _, score in points],
            error_y=error_bars([score.deviation for _, score in points]),
            hovertext=[
                f'<b>{escape(entry.label)}</b><br>within {width} px: {score}'
                for width, score in points
            ],
            mode='lines+markers',
            **trace_style(entry, size=8),
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
        'mIoU over the pixels in a band along the boundaries between labels. '
        'The narrower the band, the more the sharpness of outlines counts.',
        f'Line chart of mIoU within {", ".join(map(str, widths))} pixels of '
        'a label boundary, a line for each network. The numbers are in the '
        'table below the figures.',
        to_content(figure),
    )


def _draw_classes(ranking: Ranking) -> Figure:
    """Draw a heat map of IoU, a row per network and a column per class."""
    figure = new_figure()
    classes = ranking.protocol['classes']
    columns = [escape(name) for name in classes]
    rows = [escape(entry.label) for entry in ranking.entries]
    scores = [
        [entry.per_class[name] for name in classes]
        for entry in ranking.entries
    ]
    figure.add_heatmap(
        x=columns,
        y=rows,
        z=[[score.mean if score else None for score in r] for r in scores],
        hovertext=[
            [
                f'<b>{row}</b><br>{column}: {score or "does not occur"}'
                for column, score in zip(columns, row_scores, strict=True)
            ]
            for row, row_scores in zip(rows, scores, strict=True)
        ],
        hoverinfo='text',
        zmin=0,
        zmax=100,
        colorscale=COLOR_SCALE,
        xgap=2,
        ygap=2,
        colorbar=dict(title='IoU', thickness=10, outlinewidth=0, len=1),
    )
    if len(classes) <= MAX_NUMBERED_CLASSES:
        cells = [
            (column, row, score.mean)
            for row, row_scores in zip(rows, scores, strict=True)
            for column, score in zip(columns, row_scores, strict=True)
            if score is not None
        ]
        colors = contrasting_text_colors(
            COLOR_SCALE, [value / 100 for *_, value in cells]
        )
        figure.add_scatter(
            x=[column for column, *_ in cells],
            y=[row for _, row, _ in cells],
            text=[f'{value:.0f}' for *_, value in cells],
            mode='text',
            textfont=dict(size=12, color=colors),
            hoverinfo='skip',
        )
    figure.update_yaxes(autorange='reversed', showgrid=False)
    figure.update_xaxes(showgrid=False, tickangle=-35)
    return Figure(
        'classes',
        'IoU of each class',
        'Mean over seeds, in percent; empty where a class does not occur.',
        f'Heat map of the IoU of {len(classes)} classes, a row for each of '
        f'{len(ranking.entries)} networks. The numbers are in the table '
        'below the figures.',
        to_content(figure),
        height=130 + 34 * len(ranking.entries),
        wide=True,
    )
