"""Provenance of a result: commit, versions, command, config and weights."""

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mmcv
import mmengine
import mmseg
import torch
from mmengine.config import Config

from ...configs import config_path, hash_content
from ...version import __version__

PACKAGE = Path(__file__).resolve().parents[2]
# Keys that a run is built from. A config may have variables of other names,
# such as those that its bases share.
HASHED_KEYS = (
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
# Nested keys without influence on the scores: where files lie, what is drawn,
# logged and kept, and how many workers load the data.
UNHASHED_KEYS = frozenset(
    {
        *('data_root', 'keep_results', 'out_dir', 'output_dir'),
        *('visualization', 'logger', 'max_keep_ckpts'),
        *('num_workers', 'persistent_workers', 'pin_memory'),
        'prefetch_factor',
    }
)
WEIGHT_KEYS = frozenset({'checkpoint', 'pretrained'})
# Initializers that find their weights without a file name in the config
WEIGHT_INITIALIZERS = frozenset({'EfficientNetLitePretrained'})


def find_commit() -> dict[str, str | bool | None]:
    """Find the commit of the checkout that the package runs from.

    Returns:
        The fields ``git_commit`` and ``git_dirty``, which is True if tracked
        files differ from the commit; both None if the package is not in a
        checkout of its own, or git is missing.
    """
    try:
        # An environment may lie, untracked, in another project's checkout.
        _run_git('ls-files', '--error-unmatch', '__init__.py')
        commit = _run_git('rev-parse', 'HEAD')
        changes = _run_git('status', '--porcelain', '--untracked-files=no')
    except (OSError, subprocess.SubprocessError):
        return dict(git_commit=None, git_dirty=None)
    return dict(git_commit=commit, git_dirty=bool(changes))


def list_versions() -> dict[str, str]:
    """List the versions of Python and of the packages that compute."""
    modules = dict(torch=torch, mmengine=mmengine, mmcv=mmcv, mmseg=mmseg)
    return dict(
        python=platform.python_version(),
        **{name: str(m.__version__) for name, m in modules.items()},
        refinenet_mmseg=__version__,
    )


def format_command() -> str:
    """Return the command line, with the script relative to its checkout."""
    script = Path(sys.argv[0])
    for root in (PACKAGE / '.mim', PACKAGE.parent):
        if script.resolve().is_relative_to(root):
            script = script.resolve().relative_to(root)
            break
    return shlex.join([str(script), *sys.argv[1:]])


def hash_config(config: Config) -> str:
    """Compute a config hash that does not depend on the machine.

    The model, the training, the tests and their data count, as do the file
    names of a model's weights. Left out are folders, what is drawn and
    logged, the workers that load data, ``ResultHook`` itself, and the seed
    and ``load_from``, which have fields of their own in a result. A training
    and a test of the same config have the same hash.

    Returns:
        SHA-256 in hexadecimal.
    """
    content = config.to_dict()
    hashed = _clean({key: content.get(key) for key in HASHED_KEYS})
    randomness = hashed.pop('randomness', {}) or {}
    randomness.pop('seed', None)
    if randomness:
        hashed['randomness'] = randomness
    hashed['custom_hooks'] = [
        hook
        for hook in hashed.get('custom_hooks') or []
        if hook.get('type') != 'ResultHook'
    ]
    return hash_content(hashed)


def relative_config_path(file: str) -> str:
    """Return the path of a config without the folders of this machine.

    Args:
        file: The config file.

    Returns:
        Its path relative to the checkout, the package or the current folder;
        outside of all of them, its file name.
    """
    path = Path(file).resolve()
    root = Path(config_path('_base_/default_runtime.py')).parents[2]
    for folder in (root, Path.cwd()):
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name


def name_initialization(config: Config) -> str:
    """Name the weights that a training starts from.

    Returns:
        File names, joined by commas, or what else loads weights: an
        initializer without a file name, or timm; ``random`` if nothing does.
    """
    if config.get('load_from'):
        return os.path.basename(config.load_from)
    names = {os.path.basename(file) for file in _list_weights(config.model)}
    return ', '.join(sorted(names)) or 'random'


def _run_git(*arguments: str) -> str:
    return subprocess.run(
        ('git', '-C', str(PACKAGE), *arguments),
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.strip()


def _clean(value: Any) -> Any:
    """Remove what is not hashed, and the folders of weights."""
    if isinstance(value, dict):
        return {
            key: os.path.basename(part)
            if key in WEIGHT_KEYS and isinstance(part, str)
            else _clean(part)
            for key, part in value.items()
            if key not in UNHASHED_KEYS
        }
    if isinstance(value, (list, tuple)):
        return [_clean(part) for part in value]
    return value


def _list_weights(model: Any) -> Iterator[str]:
    """List the weights that a model's config names."""
    if isinstance(model, dict):
        if model.get('type') in WEIGHT_INITIALIZERS:
            yield model['type']
        for key, part in model.items():
            if key in WEIGHT_KEYS and isinstance(part, str):
                yield part
            elif key == 'pretrained' and part is True:
                yield f'{model.get("model_name")} (timm)'
            else:
                yield from _list_weights(part)
    elif isinstance(model, (list, tuple)):
        for part in model:
            yield from _list_weights(part)
