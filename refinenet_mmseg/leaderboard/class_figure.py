"""The heat map of a ranking: what each network makes of each class."""

from typing import Any

from .plotting import (
    Figure,
    content_of,
    empty_figure,
    load_plotly,
    plain_text,
)
from .ranking import Ranking

SCALE = 'Viridis'
MAX_WRITTEN = 25  # classes; more leave no room for numbers


def draw_classes(ranking: Ranking) -> Figure:
    """Draw the IoU of each class, a row for each network.

    Args:
        ranking: The ranking.
    """
    figure = empty_figure()
    classes = ranking.protocol['classes']
    columns = [plain_text(name) for name in classes]
    rows = [plain_text(entry.label) for entry in ranking.entries]
    spreads = [
        [entry.per_class[name] for name in classes]
        for entry in ranking.entries
    ]
    figure.add_heatmap(
        x=columns,
        y=rows,
        z=[[s.mean if s else None for s in row] for row in spreads],
        hovertext=[
            [
                f'<b>{label}</b><br>{name}: {spread or "does not occur"}'
                for name, spread in zip(columns, row, strict=True)
            ]
            for label, row in zip(rows, spreads, strict=True)
        ],
        hoverinfo='text',
        zmin=0,
        zmax=100,
        colorscale=SCALE,
        xgap=2,
        ygap=2,
        colorbar=dict(title='IoU', thickness=10, outlinewidth=0, len=1),
    )
    if len(classes) <= MAX_WRITTEN:
        _write_numbers(
            figure,
            [
                (name, label, spread.mean)
                for label, row in zip(rows, spreads, strict=True)
                for name, spread in zip(columns, row, strict=True)
                if spread is not None
            ],
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
        content_of(figure),
        height=130 + 34 * len(ranking.entries),
        wide=True,
    )


def _write_numbers(figure: Any, cells: list[tuple[str, str, float]]) -> None:
    """Write in black or white, whichever has the higher contrast.

    Plotly's own numbers in a heat map are gray on middle tones, 3:1.
    """
    sample = load_plotly('plotly.colors').sample_colorscale
    shares = [value / 100 for *_, value in cells]
    colors = sample(SCALE, shares, colortype='tuple') if shares else []
    figure.add_scatter(
        x=[name for name, *_ in cells],
        y=[label for _, label, _ in cells],
        text=[f'{value:.0f}' for *_, value in cells],
        mode='text',
        textfont=dict(
            size=12,
            color=[
                '#000' if _luminance(color) > 0.179 else '#fff'
                for color in colors
            ],
        ),
        hoverinfo='skip',
    )


def _luminance(color: tuple[float, float, float]) -> float:
    """Compute the relative luminance of red, green and blue, 0 to 1.

    Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance.
    """
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in color
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
