"""Which recipe a config is, wherever its files lie."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ...config_files import config_path

# Where things lie, how processes start, what is drawn and kept: with another
# of these it is the same recipe.
LEFT_OUT = frozenset(
    {
        'data_root',
        'experiment_name',
        'keep_results',
        'launcher',
        'load_from',
        'out_dir',
        'output_dir',
        'resume',
        'vis_backends',
        'visualization',
        'visualizer',
        'work_dir',
    }
)
WEIGHTS = frozenset({'checkpoint', 'pretrained'})


def hash_config(config: Config) -> str:
    """Compute a hash that is the same for the same recipe on any machine.

    Left out are folders, the run's name, the launcher, what is drawn, and the
    hook that writes results; the seed and ``load_from`` too, which results
    name by themselves, so that training and test have the same. Of the files
    of a model's weights, the name counts.

    Args:
        config: The merged config.

    Returns:
        SHA-256 in hexadecimal.
    """
    recipe = _cleaned(config.to_dict())
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
