"""Costs that were measured apart from the trainings, side by side."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..evaluation.results import validate_result
from .loading import Run


def add_costs(runs: Iterable[Run], path: str | Path) -> list[Run]:
    """Give runs the costs that ``tools/benchmark.py --json`` wrote.

    A row belongs to the runs of the config of its name, whose own cost it
    replaces: networks that took turns on one machine compare better.

    Args:
        runs: The runs.
        path: The file.

    Returns:
        The runs, those without a row as they were.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no such file, has two rows of a config, none that
            belongs to a run, or one that is not sure to belong to it.
    """
    path = Path(path)
    rows = _read(path)
    runs = list(runs)
    for name, row in rows.items():
        _check_owners(name, row, [r for r in runs if r.result['name'] == name])
    if not any(run.result['name'] in rows for run in runs):
        raise ValueError(
            f'{path} has costs of {", ".join(sorted(rows)) or "nothing"}, '
            'none of them the name of a result'
        )
    return [
        _with_cost(run, rows.get(run.result['name']), path) for run in runs
    ]


def _with_cost(run: Run, row: dict[str, Any] | None, path: Path) -> Run:
    if row is None:
        return run
    result = run.result | {'cost': row}
    validate_result(result, path)
    return replace(run, result=result, cost_file=path)


def _check_owners(name: str, row: dict[str, Any], runs: list[Run]) -> None:
    """Raise where a name alone does not tell which network was measured."""
    if len({run.result['config_hash'] for run in runs}) > 1:
        raise ValueError(
            f'results called {name} are of different configs (config_hash): '
            'give the configs names of their own'
        )
    for run in runs:
        own = run.result['cost']
        if own and own['parameters'] != row.get('parameters'):
            raise ValueError(
                f'{run.path} has another network than the row of {name}: '
                f'parameters {own["parameters"]}, not {row.get("parameters")}'
            )


def _read(path: Path) -> dict[str, dict[str, Any]]:
    if not path.is_file():
        raise FileNotFoundError(f'There is no file of costs {path}')
    rows: dict[str, dict[str, Any]] = {}
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
        named = [(Path(row['config']).stem, row) for row in content['rows']]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f'{path} is no file that tools/benchmark.py --json wrote: '
            f'{type(error).__name__} {error}'
        ) from error
    for name, row in named:
        if name in rows:
            raise ValueError(
                f'{path} has two rows of {name}: measure each config in one '
                'size, batch size and format'
            )
        rows[name] = row
    return rows
