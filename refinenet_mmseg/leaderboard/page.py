"""HTML page: one file with its styles, scripts and pictures."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..compat.requirements import import_extra
from ..images import IGNORED_COLORS
from .figures import make_figures
from .pictures import CORRECT_COLOR, CREDITS, ERROR_COLOR, Picture
from .plotting import EXTRA, SYMBOLS, network_style, read_plotly_script
from .ranking import Ranking
from .reading import PublishedTable
from .tables import make_table, select_columns, summarize_ranking

TEMPLATES = Path(__file__).with_name('templates')
SCRIPTS = ('tables.js', 'figures.js', 'pictures.js')


def render_page(
    rankings: Sequence[Ranking],
    published: Sequence[PublishedTable] = (),
    pictures: Mapping[str, Sequence[Picture]] | None = None,
) -> str:
    """Render the page.

    Its content security policy forbids all requests and all scripts but its
    own. Names from result files are escaped wherever they occur.

    Args:
        rankings: The rankings.
        published: Published numbers, shown separately. Default: ().
        pictures: Pictures by the identifiers of rankings. Default: None, no
            pictures.

    Raises:
        ImportError: If plotly or Jinja is not installed.
    """
    environment = _make_environment()
    markup = import_extra('markupsafe', EXTRA).Markup
    scripts = [read_plotly_script(), *map(_read_template, SCRIPTS)]
    return environment.get_template('page.html.j2').render(
        rankings=[
            _describe_ranking(
                ranking, (pictures or {}).get(ranking.identifier, ())
            )
            for ranking in rankings
        ],
        published=published,
        colors={
            'correct': CORRECT_COLOR,
            'error': ERROR_COLOR,
            'ignored': IGNORED_COLORS,
        },
        style=markup(_read_template('page.css')),
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


def _describe_ranking(
    ranking: Ranking, pictures: Sequence[Picture]
) -> dict[str, Any]:
    """Return the variables of the ranking's template."""
    data_set = ranking.protocol['data_set']
    return {
        'ranking': ranking,
        'columns': select_columns(ranking),
        'summary': summarize_ranking(ranking),
        'rows': list(zip(ranking.entries, make_table(ranking), strict=True)),
        'figures': make_figures(ranking),
        'pictures': pictures,
        'credit': CREDITS.get(data_set, f'Images and labels: {data_set}.'),
    }


def _make_environment() -> Any:
    jinja2 = import_extra('jinja2', EXTRA)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(network_style=network_style, symbols=SYMBOLS)
    return environment


def _read_template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding='utf-8')


def _policy_hash(script: str) -> str:
    """Return the hash of a script for a content security policy.

    Source: https://www.w3.org/TR/CSP3/, section 2.3.1.
    """
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
