"""What all figures share: plotly, colors and symbols."""

import html
import importlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .entry import Entry

# At least 3:1 against the page's light and its dark background.
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
# Color alone is no key for everybody. Plotly's names, and the same as a path
# of SVG in a square of 16.
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
    """A figure.

    Args:
        key: Unique within its ranking.
        title: What it shows.
        note: How to read it.
        alternative: The same in words, for those who cannot see it.
        content: Plotly's ``data`` and ``layout``.
        height: Pixels.
        wide: Whether it needs the width of the page, and scrolls where the
            page is narrow.
    """

    key: str
    title: str
    note: str
    alternative: str
    content: dict[str, Any]
    height: int = 320
    wide: bool = False


def plotly_script() -> str:
    """Read plotly.js, the whole library, for the page to carry along.

    Raises:
        ImportError: If plotly is not installed.
    """
    return load_plotly('plotly.offline').get_plotlyjs()


def style_of(index: int) -> tuple[str, str]:
    """Choose color and symbol of the network with this index."""
    symbols = list(SYMBOLS)
    return COLORS[index % len(COLORS)], symbols[index % len(symbols)]


def load_plotly(module: str) -> Any:
    """Import a module of plotly.

    Args:
        module: Its full name.

    Raises:
        ImportError: If plotly is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            'the page draws its figures with plotly: pip install '
            "'refinenet_mmseg[leaderboard]'"
        ) from error


def empty_figure() -> Any:
    """Make a figure without anything in it.

    The page brings its own colors; plotly's template is 7 KB a figure.
    """
    go = load_plotly('plotly.graph_objects')
    figure = go.Figure(layout=dict(template=go.layout.Template()))
    figure.update_layout(
        showlegend=False,
        margin=dict(l=56, r=16, t=12, b=48),
        hovermode='closest',
        dragmode=False,
    )
    figure.update_xaxes(automargin=True, zeroline=False, fixedrange=True)
    figure.update_yaxes(automargin=True, zeroline=False, fixedrange=True)
    return figure


def entry_style(entry: Entry, size: int) -> dict[str, Any]:
    """Give a trace the name, color and symbol of its network.

    Args:
        entry: The network.
        size: Of the symbol, in pixels.
    """
    color, symbol = style_of(entry.rank - 1)
    return dict(
        name=plain_text(entry.label),
        meta=dict(role='entry', entry=entry.rank),
        marker=dict(color=color, symbol=symbol, size=size),
        line=dict(color=color, width=2),
        hoverinfo='text',
    )


def error_bars(deviations: Sequence[float | None]) -> dict[str, Any]:
    """Draw deviations over seeds; none for a single seed.

    Args:
        deviations: One a point.
    """
    return dict(
        array=[value or 0 for value in deviations],
        visible=any(deviations),
        thickness=1.2,
        width=4,
    )


def content_of(figure: Any) -> dict[str, Any]:
    """Turn a figure of plotly into what a page can carry.

    Args:
        figure: The figure.
    """
    return json.loads(figure.to_json())


def plain_text(name: str) -> str:
    """Keep plotly from reading a name as markup.

    Args:
        name: Any text.
    """
    return html.escape(name, quote=False)
