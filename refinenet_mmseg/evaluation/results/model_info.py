"""Model info of a result: the parts of the segmentor, and its cost."""

import json
import logging
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.model import BaseTTAModel
from torch import nn

from ...networks import find_decode_head, unwrap_network
from .result_file import NoResultError

# Options of ResultHook(cost=...) and of the benchmark command.
COST_OPTIONS = dict(
    shape='--shape',
    batch_size='--batch-size',
    device='--device',
    dtype='--dtype',
    mode='--mode',
    compiled='--compile',
    channels_last='--channels-last',
    rounds='--rounds',
)


def describe_model(model: nn.Module, config: Any) -> dict[str, Any]:
    """Describe a segmentor.

    Args:
        model: The segmentor, wrapped for several processes or for test-time
            augmentation, or not.
        config: The config of the model.

    Returns:
        The fields of a result about the model.

    Raises:
        NoResultError: If the model has no decode head.
    """
    head = find_decode_head(model)
    if head is None:
        name = type(unwrap_network(model)).__name__
        raise NoResultError(f'its model, {name}, has no decode_head')
    size = unwrap_network(model).data_preprocessor.size
    return dict(
        head=type(head).__name__,
        backbone=_name_backbone(_unwrap_config(config)['backbone']),
        input_size=None if size is None else [int(side) for side in size],
        test_time_augmentation=any(
            isinstance(module, BaseTTAModel) for module in model.modules()
        ),
    )


def check_cost_options(options: Mapping[str, Any]) -> None:
    """Check the names of the options of :func:`measure_cost`.

    Raises:
        ValueError: If there is no such option.
    """
    unknown = sorted(set(options) - set(COST_OPTIONS))
    if unknown:
        raise ValueError(
            f'ResultHook(cost=...): there is no option {unknown[0]!r}; there '
            f'are {", ".join(COST_OPTIONS)}'
        )


def measure_cost(
    config: Config, name: str, options: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Measure the size, time and memory of a config's model.

    The benchmark command runs in a separate process: memory is counted from
    zero, and a failure, even of the GPU, does not affect the run.

    Args:
        config: The merged config.
        name: Name of the config in the row.
        options: Options of the benchmark, by their names in ``COST_OPTIONS``.

    Returns:
        The row; None, with the reason in the log, if the command failed.
    """
    try:
        return dict(_run_benchmark(config, options), config=name)
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip() or str(error)
    except Exception:
        reason = traceback.format_exc()
    print_log(
        f'The cost of {name} could not be measured, its result has none: '
        f'{reason}',
        logger='current',
        level=logging.ERROR,
    )
    return None


def _run_benchmark(
    config: Config, options: Mapping[str, Any]
) -> dict[str, Any]:
    # With test-time augmentation, the model itself is measured.
    model_config = Config(
        dict(
            model=_unwrap_config(config.model),
            default_scope=config.get('default_scope', 'mmseg'),
            custom_imports=config.get('custom_imports'),
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        config_file = Path(folder, 'config.py')
        json_file = Path(folder, 'cost.json')
        model_config.dump(str(config_file))
        subprocess.run(
            [
                sys.executable,
                *('-W', 'ignore', '-m', 'refinenet_mmseg.cost'),
                *(str(config_file), '--json', str(json_file)),
                *_format_options(options),
            ],
            check=True,
            capture_output=True,
            text=True,
            # The command must find a config's custom_imports as well.
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        )
        (row,) = json.loads(json_file.read_text(encoding='utf-8'))['rows']
    return row


def _format_options(options: Mapping[str, Any]) -> list[str]:
    """Format options for the command line of the benchmark."""
    arguments = []
    for name, value in options.items():
        flag = COST_OPTIONS[name]
        if name == 'compiled':
            arguments += [flag] if value else []
        elif name == 'channels_last':
            arguments += [flag if value else f'--no-{flag[2:]}']
        elif name == 'shape':
            arguments += [flag, *map(str, value)]
        else:
            arguments += [flag, str(value)]
    return arguments


def _unwrap_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a model's config without its test-time augmentation."""
    return config.get('module', config)


def _name_backbone(config: Mapping[str, Any]) -> str:
    """Name a backbone with its depth or variant: ``ResNet-18``."""
    name = config['type'].split('.')[-1]
    for key in ('depth', 'arch', 'model_name'):
        if isinstance(config.get(key), (str, int)):
            name += f'-{config[key]}'
    if isinstance(config.get('backbone'), Mapping):
        name += f'({_name_backbone(config["backbone"])})'
    return name
