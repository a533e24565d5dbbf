"""The leaderboard for other programs, and for readers of Markdown."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .entry import Entry
from .published import PublishedTable
from .ranking import Ranking
from .summary import summarize_ranking
from .table import Cell, columns_of, make_table

_MARKUP = re.compile(r'([\\`*_{}\[\]<>#|~])')


def to_json(
    rankings: Sequence[Ranking], published: Sequence[PublishedTable]
) -> dict[str, Any]:
    """Gather everything, with the file that each number comes from.

    Args:
        rankings: The rankings.
        published: Published numbers.
    """
    return {
        'schema_version': 1,
        'rankings': [
            {
                'id': ranking.identifier,
                'title': ranking.title,
                'protocol': ranking.protocol,
                'entries': [_entry_json(entry) for entry in ranking.entries],
            }
            for ranking in rankings
        ],
        'published': [asdict(table) for table in published],
    }


def to_markdown(
    rankings: Sequence[Ranking], published: Sequence[PublishedTable]
) -> str:
    """Write the tables.

    Args:
        rankings: The rankings.
        published: Published numbers.
    """
    parts = ['# Leaderboard']
    for ranking in rankings:
        columns = columns_of(ranking)
        common = '; '.join(f'{t.lower()}: {text}' for t, text in ranking.terms)
        heading = ranking.title
        if ranking.particular:
            heading += f': {ranking.particular}'
        rows = [
            [_show(row[column.key]) for column in columns]
            for row in make_table(ranking)
        ]
        parts += [
            f'## {_escape(heading)}',
            _escape(summarize_ranking(ranking)),
            _escape(common[0].upper() + common[1:] + '.'),
            _table(
                [column.title for column in columns],
                rows,
                [column.numeric for column in columns],
            ),
        ]
    for table in published:
        parts += [
            f'## Published: {_escape(table.title)}',
            'Numbers of their sources, under protocols of their own; not to '
            'be ranked with those above.',
            _table(
                ['Network', 'mIoU', 'Training', 'Source'],
                [
                    [
                        _escape(row['name']),
                        f'{row["mIoU"]:.1f}',
                        _escape(row['training']),
                        f'[{_escape(row["citation"])}](<{row["url"]}>)',
                    ]
                    for row in table.rows
                ],
                [False, True, False, False],
            ),
        ]
    return '\n\n'.join(parts) + '\n'


def _entry_json(entry: Entry) -> dict[str, Any]:
    result = entry.result
    fields = ('name', 'head', 'backbone', 'config', 'config_hash')
    return {
        'rank': entry.rank,
        'label': entry.label,
        **{field: result[field] for field in fields},
        'metrics': {name: asdict(s) for name, s in entry.metrics.items()},
        'per_class_iou': {
            name: spread and asdict(spread)
            for name, spread in entry.per_class.items()
        },
        'boundary': {
            str(width): spread and asdict(spread)
            for width, spread in entry.boundary.items()
        },
        'cost': entry.cost,
        'cost_file': entry.cost_file,
        'runs': [
            {
                'file': run.path.as_posix(),
                **{
                    field: run.result[field]
                    for field in (
                        *('seed', 'git_commit', 'git_dirty', 'command'),
                        *('checkpoint', 'device', 'dtype', 'date'),
                        *('training_seconds', 'metrics', 'versions'),
                    )
                },
            }
            for run in entry.runs
        ],
    }


def _show(cell: Cell) -> str:
    text = _escape(cell.text)
    return f'**{text}**' if cell.best else text


def _table(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    numeric: Sequence[bool],
) -> str:
    rules = ['--:' if number else ':--' for number in numeric]
    lines = [titles, rules, *rows]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


def _escape(text: str) -> str:
    """Keep names from being read as markup."""
    return _MARKUP.sub(r'\\\1', text.replace('\n', ' '))
