"""Plotly figures in the page's style: a color and a symbol per network."""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..compat.requirements import import_extra
from .ranking import Entry

# The extra that installs plotly and Jinja.
EXTRA = 'leaderboard'
# Contrast of at least 3:1 with the page's light and its dark background.
COLORS = (
    '#2f7bd6',
    '#d9622b',
    '#1c9a78',
    '#9a6ae0',
    '#d0488f',
    '#a67f14',
    '#d84a4a',
    '#7b8794',
)
# Not everybody can tell colors apart. Plotly's names of the symbols, and the
# same shapes as SVG paths in a square of 16 x 16.
SYMBOLS = {
    'circle': 'M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12z',
    'square': 'M2.5 2.5h11v11h-11z',
    'diamond': 'M8 1l7 7-7 7-7-7z',
    'triangle-up': 'M8 2l7 12H1z',
    'triangle-down': 'M8 14L1 2h14z',
    'pentagon': 'M8 1l7 5.1-2.7 8.4H3.7L1 6.1z',
    'hexagon': 'M8 1l6.1 3.5v7L8 15l-6.1-3.5v-7z',
}


@dataclass(frozen=True)
class Figure:
    """A figure of the page.

    Args:
        key: A unique name within its ranking.
        title: The title.
        note: How to read it.
        alt_text: A description for readers who cannot see it.
        content: Plotly's ``data`` and ``layout``, for JSON.
        height: Height in pixels. Default: 320.
        wide: Whether it takes the whole width of the page, and scrolls on a
            narrow screen. Default: False.
    """

    key: str
    title: str
    note: str
    alt_text: str
    content: dict[str, Any]
    height: int = 320
    wide: bool = False


def read_plotly_script() -> str:
    """Read plotly.js, the whole library.

    Raises:
        ImportError: If plotly is not installed.
    """
    return import_extra('plotly.offline', EXTRA).get_plotlyjs()


def network_style(rank: int) -> tuple[str, str]:
    """Return the color and the symbol of a network.

    Args:
        rank: Its rank, from 1.
    """
    symbols = list(SYMBOLS)
    index = rank - 1
    return COLORS[index % len(COLORS)], symbols[index % len(symbols)]


def new_figure() -> Any:
    """Create an empty plotly figure.

    It has no template: the page sets its own colors, and plotly's template
    takes 7 KB per figure.
    """
    graph_objects = import_extra('plotly.graph_objects', EXTRA)
    template = graph_objects.layout.Template()
    figure = graph_objects.Figure(layout=dict(template=template))
    figure.update_layout(
        showlegend=False,
        margin=dict(l=56, r=16, t=12, b=48),
        hovermode='closest',
        dragmode=False,
    )
    figure.update_xaxes(automargin=True, zeroline=False, fixedrange=True)
    figure.update_yaxes(automargin=True, zeroline=False, fixedrange=True)
    return figure


def trace_style(entry: Entry, size: int) -> dict[str, Any]:
    """Return the keywords of a plotly trace that shows a network.

    Args:
        entry: The network.
        size: Size of its symbol in pixels.
    """
    color, symbol = network_style(entry.rank)
    return dict(
        name=escape(entry.label),
        meta=dict(role='entry', entry=entry.rank),
        marker=dict(color=color, symbol=symbol, size=size),
        line=dict(color=color, width=2),
        hoverinfo='text',
    )


def error_bars(deviations: Sequence[float | None]) -> dict[str, Any]:
    """Return plotly's error bars for standard deviations.

    Args:
        deviations: The deviation of each point; None for a single seed, which
            gets no bar.
    """
    return dict(
        array=[value or 0 for value in deviations],
        visible=any(deviations),
        thickness=1.2,
        width=4,
    )


def to_content(figure: Any) -> dict[str, Any]:
    """Convert a plotly figure to the content of a ``Figure``.

    Args:
        figure: The plotly figure.
    """
    return json.loads(figure.to_json())


def escape(text: str) -> str:
    """Escape a name, which plotly would otherwise read as HTML.

    Args:
        text: Any text.
    """
    return html.escape(text, quote=False)


def contrasting_text_colors(scale: str, shares: Sequence[float]) -> list[str]:
    """Choose black or white text on a color scale, by the higher contrast.

    Plotly's own numbers in a heat map are gray on middle tones, at 3:1.

    Args:
        scale: Plotly's name of the color scale.
        shares: Positions on the scale, 0 to 1.
    """
    if not shares:
        return []
    sample_colorscale = import_extra('plotly.colors', EXTRA).sample_colorscale
    backgrounds = sample_colorscale(scale, shares, colortype='tuple')
    return [
        '#000' if _relative_luminance(color) > 0.179 else '#fff'
        for color in backgrounds
    ]


def _relative_luminance(color: tuple[float, float, float]) -> float:
    """Compute the relative luminance of an RGB color, 0 to 1.

    Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance.
    """
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in color
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
