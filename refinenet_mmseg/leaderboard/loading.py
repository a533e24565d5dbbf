"""Find and read the result files of a leaderboard."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..evaluation.results import read_result

FILE_NAME = 'result.json'


@dataclass(frozen=True)
class Run:
    """A finished run.

    Args:
        path: Its result file.
        result: What the file holds, as ``results/schema.json`` describes it.
        cost_file: The file of a cost that was measured apart. Default: it
            stands in the result file.
    """

    path: Path
    result: dict[str, Any]
    cost_file: Path | None = None


def find_runs(folders: Iterable[str | Path]) -> list[Run]:
    """Read every ``result.json`` in some folders and those below them.

    Args:
        folders: Where to look; a file that two of them hold counts once.

    Returns:
        The runs, in the order of their paths.

    Raises:
        FileNotFoundError: If a folder is missing or holds no result file.
        ValueError: If a file is no valid result.
    """
    paths: dict[Path, Path] = {}
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise FileNotFoundError(f'no such folder of results: {folder}')
        found = sorted(folder.rglob(FILE_NAME))
        if not found:
            raise FileNotFoundError(
                f'{folder} holds no {FILE_NAME}: a finished training '
                'leaves one in its work_dir'
            )
        for path in found:
            paths.setdefault(path.resolve(), path)
    return [Run(path, read_result(path)) for path in sorted(paths.values())]
