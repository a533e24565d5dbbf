"""Numbers out of papers: shown beside the rankings, never ranked in them."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from .comparability import data_set_name

SCHEMA = Path(__file__).with_name('published_schema.json')


@dataclass(frozen=True)
class PublishedTable:
    """Published numbers of a data set, split and image size.

    Args:
        title: Which these are.
        rows: As ``published_schema.json`` describes them, the best first.
    """

    title: str
    rows: list[dict[str, Any]]


def read_published(path: str | Path) -> list[PublishedTable]:
    """Read a file of published numbers.

    Args:
        path: A JSON file, as ``published_schema.json`` describes it.

    Returns:
        A table for each data set, split and image size.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no JSON or not as the schema says.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f'there is no file of published numbers {path}'
        )
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise ValueError(f'{path} is no valid JSON: {error}') from error
    fault = best_match(_validator().iter_errors(content))
    if fault is not None:
        field = '.'.join(map(str, fault.absolute_path))
        raise ValueError(f'{path}: {field or "content"}: {fault.message}')
    tables: dict[str, list[dict[str, Any]]] = {}
    for row in content['rows']:
        height, width = row['image_size']
        title = f'{data_set_name(row)}, {row["split"]}, {height}x{width}'
        tables.setdefault(title, []).append(row)
    return [
        PublishedTable(title, sorted(rows, key=lambda row: -row['mIoU']))
        for title, rows in tables.items()
    ]


@functools.cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text('utf-8')))
