"""The leaderboard as JSON and as Markdown."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .ranking import Entry, Ranking
from .reading import PublishedTable
from .tables import Cell, make_table, select_columns, summarize_ranking

_MARKUP = re.compile(r'([\\`*_{}\[\]<>#|~])')


def to_json(
    rankings: Sequence[Ranking], published: Sequence[PublishedTable]
) -> dict[str, Any]:
    """Return all numbers, with the file that each one is from.

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
    """Write a summary and a table for each ranking.

    Args:
        rankings: The rankings.
        published: Published numbers.
    """
    parts = ['# Leaderboard']
    for ranking in rankings:
        columns = select_columns(ranking)
        protocol = '; '.join(
            f'{term.lower()}: {text}' for term, text in ranking.protocol_terms
        )
        heading = ranking.title
        if ranking.subtitle:
            heading += f': {ranking.subtitle}'
        rows = [
            [_format_cell(row[column.key]) for column in columns]
            for row in make_table(ranking)
        ]
        parts += [
            f'## {_escape(heading)}',
            _escape(summarize_ranking(ranking)),
            _escape(protocol[0].upper() + protocol[1:] + '.'),
            _format_table(
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
            _format_table(
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
        'metrics': {
            name: asdict(score) for name, score in entry.metrics.items()
        },
        'per_class_iou': {
            name: score and asdict(score)
            for name, score in entry.per_class.items()
        },
        'boundary': {
            str(width): score and asdict(score)
            for width, score in entry.boundary.items()
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


def _format_cell(cell: Cell) -> str:
    text = _escape(cell.text)
    return f'**{text}**' if cell.best else text


def _format_table(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    numeric: Sequence[bool],
) -> str:
    alignments = ['--:' if number else ':--' for number in numeric]
    lines = [titles, alignments, *rows]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


def _escape(text: str) -> str:
    """Escape a name, which Markdown would otherwise read as markup."""
    return _MARKUP.sub(r'\\\1', text.replace('\n', ' '))
