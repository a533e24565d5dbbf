"""Costs that were measured apart from the trainings, side by side."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..results import validate_result
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
        ValueError: If it is no such file, has two rows of a config, or none
            that belongs to a run.
    """
    path = Path(path)
    machine, rows = _read(path)
    result = []
    used = set()
    for run in runs:
        row = rows.get(run.result['name'])
        if row is not None:
            used.add(run.result['name'])
            with_cost = run.result | {'cost': row}
            validate_result(with_cost, path)
            run = replace(run, result=with_cost, costs=(path, machine))
        result.append(run)
    if not used:
        raise ValueError(
            f'{path} has costs of {", ".join(sorted(rows)) or "nothing"}, '
            'none of them the name of a result'
        )
    return result


def _read(path: Path) -> tuple[str, dict[str, dict[str, Any]]]:
    if not path.is_file():
        raise FileNotFoundError(f'There is no file of costs {path}')
    rows: dict[str, dict[str, Any]] = {}
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
        machine = content['machine']
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
    return machine, rows
