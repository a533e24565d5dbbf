"""A result's cost, measured as ``tools/benchmark.py`` does."""

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from mmengine.config import Config

# The only part of the engine that needs a part of the package above it; it is
# imported where a config asks for the cost.


def check_cost_options(options: dict[str, Any]) -> None:
    """Refuse what cannot be measured before a training has begun.

    Args:
        options: As :func:`measure_cost`.

    Raises:
        ValueError: If there is no such option.
    """
    from ...cost import BenchmarkOptions

    known = [*BenchmarkOptions.__dataclass_fields__, 'rounds']
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(
            f'ResultHook(cost=...): there is no option {unknown[0]!r}; there '
            f'are {", ".join(known)}'
        )


def measure_cost(
    config: Config, name: str, options: dict[str, Any]
) -> dict[str, Any]:
    """Measure size, time and memory of a config's model.

    In a process of its own: memory is counted from zero, and a failure, even
    of the GPU, does no harm.

    Args:
        config: The merged config.
        name: What the row calls the config.
        options: Fields of :class:`refinenet_mmseg.cost.BenchmarkOptions`, and
            ``rounds`` (10).

    Returns:
        The row.
    """
    options = dict(options)
    rounds = options.pop('rounds', 10)
    options['shape'] = tuple(options['shape'])
    model = config.model
    part = Config(
        dict(
            model=model.get('module', model),
            default_scope=config.get('default_scope', 'mmseg'),
            custom_imports=config.get('custom_imports'),
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'config.py'
        part.dump(str(path))
        with ProcessPoolExecutor(
            1, multiprocessing.get_context('spawn')
        ) as processes:
            row = processes.submit(_measure, path, options, rounds).result()
    return dict(row, config=name)


def _measure(
    path: Path, options: dict[str, Any], rounds: int
) -> dict[str, Any]:
    from ...cost import BenchmarkOptions, measure, prepare

    (row,) = measure([prepare(path, BenchmarkOptions(**options))], rounds)
    return row
