"""Inputs of the leaderboard: results, costs and published numbers."""

import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from ..evaluation.results import read_result, validate_result

RESULT_FILE = 'result.json'
PUBLISHED_SCHEMA = Path(__file__).with_name('published_schema.json')


@dataclass(frozen=True)
class Run:
    """A finished training and its evaluation.

    Args:
        path: Its result file.
        result: The content of the result file.
        cost_file: The file of its cost, where that was benchmarked
            separately. Default: None, the cost is in the result file.
    """

    path: Path
    result: dict[str, Any]
    cost_file: Path | None = None


@dataclass(frozen=True)
class PublishedTable:
    """Published numbers for one data set, split and image size.

    Args:
        title: The data set, split and image size.
        rows: Rows as ``published_schema.json`` describes them, by descending
            mIoU.
    """

    title: str
    rows: list[dict[str, Any]]


def read_runs(folders: Iterable[str | Path]) -> list[Run]:
    """Read every ``result.json`` in folders and their subfolders.

    Args:
        folders: The folders. A file that is found twice counts once.

    Returns:
        The runs, sorted by path.

    Raises:
        FileNotFoundError: If a folder is missing or holds no result file.
        ValueError: If a file is not a valid result.
    """
    paths: dict[Path, Path] = {}
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise FileNotFoundError(f'no such folder of results: {folder}')
        found = sorted(folder.rglob(RESULT_FILE))
        if not found:
            raise FileNotFoundError(
                f'{folder} holds no {RESULT_FILE}: a finished training '
                'leaves one in its work_dir'
            )
        for path in found:
            paths.setdefault(path.resolve(), path)
    return [Run(path, read_result(path)) for path in sorted(paths.values())]


def find_predictions(run: Run) -> dict[str, Path]:
    """Find the predicted label maps that a run saved beside its result.

    Returns:
        The label map of each image, by the image's name: those that the
        result lists, or every ``predictions/NAME.png`` if it has no list.

    Raises:
        FileNotFoundError: If a listed file is missing.
        ValueError: If a listed path leads out of the result's folder.
    """
    folder = run.path.parent
    listed = run.result.get('pictures')
    if listed is None:
        files = sorted(folder.glob('predictions/*.png'))
        return {file.stem: file for file in files}
    predictions = {}
    for picture in listed:
        path = PurePosixPath(picture['prediction'])
        target = folder / path
        inside = target.resolve().is_relative_to(folder.resolve())
        if path.is_absolute() or '..' in path.parts or not inside:
            raise ValueError(
                f'{run.path}: pictures: {picture["prediction"]!r} leads out '
                'of the folder of the result; predictions lie beside it'
            )
        if not target.is_file():
            raise FileNotFoundError(
                f'{run.path}: pictures: there is no file {target}'
            )
        predictions[picture['name']] = target
    return predictions


def add_costs(runs: Iterable[Run], path: str | Path) -> list[Run]:
    """Add the costs that ``tools/benchmark.py --json`` measured to runs.

    A row belongs to all runs of the config of the same name. It replaces
    their own cost, because networks that were benchmarked in turns on one
    machine are easier to compare.

    Args:
        runs: The runs.
        path: The file of costs.

    Returns:
        The runs; those without a row are unchanged.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file has another format, if two rows have the same
            config, if no row belongs to a run, or if a row may have measured
            another network than the run of its name.
    """
    path = Path(path)
    runs = list(runs)
    rows = _read_cost_rows(path)
    for name, row in rows.items():
        _check_same_network(
            name, row, [run for run in runs if run.result['name'] == name]
        )
    if not any(run.result['name'] in rows for run in runs):
        raise ValueError(
            f'{path} has costs of {", ".join(sorted(rows)) or "nothing"}, '
            'none of them the name of a result'
        )
    return [
        _replace_cost(run, rows[run.result['name']], path)
        if run.result['name'] in rows
        else run
        for run in runs
    ]


def _read_cost_rows(path: Path) -> dict[str, dict[str, Any]]:
    if not path.is_file():
        raise FileNotFoundError(f'there is no file of costs {path}')
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
        named = [(Path(row['config']).stem, row) for row in content['rows']]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f'{path} is no file that tools/benchmark.py --json wrote: '
            f'{type(error).__name__} {error}'
        ) from error
    rows: dict[str, dict[str, Any]] = {}
    for name, row in named:
        if name in rows:
            raise ValueError(
                f'{path} has two rows of {name}: measure each config in one '
                'size, batch size and format'
            )
        rows[name] = row
    return rows


def _check_same_network(
    name: str, row: dict[str, Any], runs: list[Run]
) -> None:
    """Raise ValueError if the row may have measured another network."""
    if len({run.result['config_hash'] for run in runs}) > 1:
        raise ValueError(
            f'results called {name} are of different configs (config_hash): '
            'give the configs names of their own'
        )
    for run in runs:
        cost = run.result['cost']
        if cost and cost['parameters'] != row.get('parameters'):
            raise ValueError(
                f'{run.path} has another network than the row of {name}: '
                f'parameters {cost["parameters"]}, not {row.get("parameters")}'
            )


def _replace_cost(run: Run, row: dict[str, Any], path: Path) -> Run:
    result = run.result | {'cost': row}
    validate_result(result, path)
    return replace(run, result=result, cost_file=path)


def read_published(path: str | Path) -> list[PublishedTable]:
    """Read a file of published numbers.

    Args:
        path: A JSON file, as ``published_schema.json`` describes it.

    Returns:
        A table for each data set, split and image size.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not JSON or does not follow the schema.
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
    fault = best_match(_published_validator().iter_errors(content))
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
def _published_validator() -> Draft202012Validator:
    schema = json.loads(PUBLISHED_SCHEMA.read_text(encoding='utf-8'))
    return Draft202012Validator(schema)


def data_set_name(result: dict[str, Any]) -> str:
    """Return the data set's common name: CamVid for ``CamVidDataset``.

    Args:
        result: The content of a result file, or a published row.
    """
    name = str(result['data_set'])
    return name.removesuffix('Dataset') or name
