"""One page that holds everything: tables, figures, pictures, scripts."""

import base64
import hashlib
import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .figures import make_figures
from .label_maps import RIGHT, STRIPES, WRONG
from .pictures import CREDITS, Picture
from .plotting import SYMBOLS, plotly_script, style_of
from .published import PublishedTable
from .ranking import Ranking
from .summary import summarize_ranking
from .table import columns_of, describe_cost, make_table

TEMPLATES = Path(__file__).with_name('templates')
SCRIPTS = ('tables.js', 'figures.js', 'pictures.js')


def render_page(
    rankings: Sequence[Ranking],
    published: Sequence[PublishedTable] = (),
    pictures: Mapping[str, Sequence[Picture]] | None = None,
) -> str:
    """Write the page.

    It loads nothing: its policy forbids the browser any request, and any
    script but those that are written here. Names out of result files are
    escaped wherever they stand.

    Args:
        rankings: The rankings.
        published: Published numbers, shown apart. Default: none.
        pictures: Pictures of rankings, by their identifiers. Default: none.

    Raises:
        ImportError: If plotly or Jinja is not installed.
    """
    environment = _make_environment()
    scripts = [plotly_script(), *map(_read, SCRIPTS)]
    markup = importlib.import_module('markupsafe').Markup
    return environment.get_template('page.html.j2').render(
        rankings=[
            _describe(ranking, (pictures or {}).get(ranking.identifier, ()))
            for ranking in rankings
        ],
        published=published,
        colors={'right': RIGHT, 'wrong': WRONG, 'stripes': STRIPES},
        style=markup(_read('page.css')),
        scripts=list(map(markup, scripts)),
        hashes=' '.join(map(_policy_hash, scripts)),
        newest=max(
            (
                run.result['date'][:10]
                for ranking in rankings
                for entry in ranking.entries
                for run in entry.runs
            ),
            default=None,
        ),
    )


def _describe(ranking: Ranking, pictures: Sequence[Picture]) -> dict[str, Any]:
    """Gather what the template shows of a ranking."""
    data_set = ranking.protocol['data_set']
    return {
        'ranking': ranking,
        'columns': columns_of(ranking),
        'summary': summarize_ranking(ranking),
        'rows': list(zip(ranking.entries, make_table(ranking), strict=True)),
        'widths': sorted({w for e in ranking.entries for w in e.boundary}),
        'figures': make_figures(ranking),
        'mixed_costs': len(ranking.cost_settings) > 1,
        'pictures': pictures,
        'credit': CREDITS.get(data_set, f'Images and labels: {data_set}.'),
    }


def _make_environment() -> Any:
    try:
        jinja2 = importlib.import_module('jinja2')
    except ImportError as error:
        raise ImportError(
            'the page is written with Jinja: pip install '
            "'refinenet_mmseg[leaderboard]'"
        ) from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters['cost'] = describe_cost
    environment.globals.update(style_of=style_of, symbols=SYMBOLS)
    return environment


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding='utf-8')


def _policy_hash(script: str) -> str:
    """Name a script in a content security policy.

    Source: https://www.w3.org/TR/CSP3/, section 2.3.1.
    """
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
