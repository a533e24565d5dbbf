"""All fields of a result, put together."""

import logging
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from mmengine.logging import print_log
from mmengine.runner import BaseLoop, Runner

from .code import list_versions, name_command
from .cost_row import measure_cost
from .measured_data import describe_data
from .network import describe_network
from .recipe import hash_config, name_config


def compose_result(
    runner: Runner,
    loop: BaseLoop,
    fields: dict[str, Any],
    split: str | None,
    cost: dict[str, Any] | None,
) -> dict[str, Any]:
    """Put a result together.

    Args:
        runner: The runner that trained or tested.
        loop: The validation or test.
        fields: Those about the code, the training and the scores.
        split: Which images were measured; None means what their folders and
            lists are called.
        cost: Options of the measurement of the cost; None measures none.

    Returns:
        The fields of ``results/schema.json``.

    Raises:
        NoResultError: If the run lacks what a field needs.
    """
    file = runner.cfg.filename or runner.experiment_name
    config = name_config(file)
    network = describe_network(runner.model, runner.cfg.model)
    if cost is not None:
        shape = network['input_size'] or (512, 512)
        device = next(runner.model.parameters()).device.type
        cost = _measure(
            runner.cfg, config, dict(shape=shape, device=device) | cost
        )
    return dict(
        schema_version=1,
        name=Path(file).stem,
        config=config,
        config_hash=hash_config(runner.cfg),
        versions=list_versions(),
        date=datetime.now(timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ'),
        command=name_command(),
        cost=cost,
        **network,
        **describe_data(loop.dataloader.dataset, split),
        **fields,
    )


def _measure(
    config: Any, name: str, options: dict[str, Any]
) -> dict[str, Any] | None:
    """Measure the cost, or say in the log why not: the scores stay."""
    try:
        return measure_cost(config, name, options)
    except Exception as error:
        print_log(
            f'The cost of {name} could not be measured, its result has none: '
            f'{type(error).__name__}: {error}',
            logger='current',
            level=logging.ERROR,
        )
        return None
