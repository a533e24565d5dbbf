"""Which recipe a config is, wherever its files lie."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ...configs import config_path

# What a run is built from. Other names of a config, such as those that its
# bases hand on to one another, build nothing.
READ_BY_RUNS = (
    'model',
    'train_dataloader',
    'val_dataloader',
    'test_dataloader',
    'train_cfg',
    'val_cfg',
    'test_cfg',
    'val_evaluator',
    'test_evaluator',
    'optim_wrapper',
    'param_scheduler',
    'auto_scale_lr',
    'default_hooks',
    'custom_hooks',
    'randomness',
    'tta_model',
    'tta_pipeline',
)
# Of these, where things lie, what is drawn, logged and kept, and who loads the
# data: with another it is the same recipe.
LEFT_OUT = frozenset(
    {
        *('data_root', 'keep_results', 'out_dir', 'output_dir'),
        *('visualization', 'logger', 'max_keep_ckpts'),
        *('num_workers', 'persistent_workers', 'pin_memory'),
        'prefetch_factor',
    }
)
WEIGHTS = frozenset({'checkpoint', 'pretrained'})


def hash_config(config: Config) -> str:
    """Compute a hash that is the same for the same recipe on any machine.

    What is trained and tested, on which data and how, counts; of the files of
    a model's weights, the name. Left out are folders, what is drawn and
    logged, the workers that load data, the hook that writes results, and the
    seed and ``load_from``, which results name by themselves: training and
    test have the same.

    Args:
        config: The merged config.

    Returns:
        SHA-256 in hexadecimal.
    """
    content = config.to_dict()
    recipe = _cleaned({key: content.get(key) for key in READ_BY_RUNS})
    randomness = recipe.pop('randomness', {}) or {}
    randomness.pop('seed', None)
    if randomness:
        recipe['randomness'] = randomness
    recipe['custom_hooks'] = [
        hook
        for hook in recipe.get('custom_hooks') or []
        if hook.get('type') != 'ResultHook'
    ]
    text = json.dumps(recipe, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def name_config(file: str) -> str:
    """Name a config's file without the folders of this machine.

    Args:
        file: The file.

    Returns:
        Its path below the checkout or the package, else below the current
        folder, else its name.
    """
    path = Path(file).resolve()
    for root in (_root(), Path.cwd()):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return path.name


def name_initialisation(config: Config) -> str:
    """Name the weights that a training begins with.

    Args:
        config: The merged config.

    Returns:
        File names, joined by commas; ``random`` where there are none.
    """
    if config.get('load_from'):
        return os.path.basename(config.load_from)
    names = {os.path.basename(file) for file in _weights(config.model)}
    return ', '.join(sorted(names)) or 'random'


def _root() -> Path:
    """Find the folder that holds ``configs/``."""
    return Path(config_path('_base_/default_runtime.py')).parents[2]


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: os.path.basename(part)
            if key in WEIGHTS and isinstance(part, str)
            else _cleaned(part)
            for key, part in value.items()
            if key not in LEFT_OUT
        }
    if isinstance(value, (list, tuple)):
        return [_cleaned(part) for part in value]
    return value


def _weights(model: Any) -> Iterator[str]:
    """List the files of weights that a model's config names."""
    if isinstance(model, dict):
        for key, part in model.items():
            if key in WEIGHTS and isinstance(part, str):
                yield part
            else:
                yield from _weights(part)
    elif isinstance(model, (list, tuple)):
        for part in model:
            yield from _weights(part)
