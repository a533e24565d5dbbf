"""Checks of configs: misspelled and missing keys, values of other types."""

import difflib
import inspect
import re
from collections.abc import Iterable
from textwrap import shorten
from typing import Any, Union, get_args, get_origin, get_type_hints

from mmengine.config import Config
from mmengine.runner import Runner

# Keys that tools and the runner read beside the runner's arguments.
EXTRA_KEYS = (
    'runner_type',
    'trust_checkpoint',
    'test_pipeline',
    'tta_model',
    'tta_pipeline',
)
# Keys of mmengine's loops; those of a loop belong together.
LOOP_KEYS = {
    'train': ('train_dataloader', 'train_cfg', 'optim_wrapper'),
    'val': ('val_dataloader', 'val_cfg', 'val_evaluator'),
    'test': ('test_dataloader', 'test_cfg', 'test_evaluator'),
}
# Types of values that are read before an object is built from them, beside
# those that the runner's annotations name.
TYPES: dict[str, tuple[type, ...]] = {
    'test_pipeline': (list, tuple, type(None)),
    'tta_model': (dict, type(None)),
    'tta_pipeline': (list, tuple, type(None)),
    'model.decode_head': (dict, list, tuple),
    'model.decode_head.num_classes': (int,),
    'model.test_cfg': (dict,),
    'optim_wrapper.optimizer': (dict,),
    **{
        f'{loop}_dataloader.{key}': types
        for loop in LOOP_KEYS
        for key, types in (
            ('dataset', (dict,)),
            ('dataset.data_prefix', (dict,)),
            ('dataset.pipeline', (list, tuple)),
            ('sampler', (dict,)),
        )
    },
}
# Values that a config can hold, beside None; other objects are taken as given.
PLAIN = (bool, int, float, str, list, tuple, dict)
# Variables of configs whose names resemble a key; 'models' is in mmseg's
# bisenetv2_fcn_4xb4-ohem-160k_cityscapes-1024x1024.
KNOWN_VARIABLES = ('train_pipeline', 'val_pipeline', 'models')
MIN_SIMILARITY = 0.85


def check_config_keys(keys: Iterable[str]) -> None:
    """Refuse misspelled keys of a config, which mmengine would ignore.

    A config may have variables of any name, so only a name that is close to a
    known key is taken for a mistake; a name that extends one, such as
    ``data_root_val``, is not.

    Args:
        keys: The top-level keys of the config.

    Raises:
        ValueError: If one is misspelled.
    """
    read = [*inspect.signature(Runner).parameters, *EXTRA_KEYS]
    for key in keys:
        if key in read or key in KNOWN_VARIABLES or _extends(key, read):
            continue
        close = difflib.get_close_matches(key, read, 1, MIN_SIMILARITY)
        if close:
            raise ValueError(
                f'nothing reads the config key {key!r}: did you mean '
                f'{close[0]!r}?'
            )


def check_config_types(config: Config) -> None:
    """Refuse values of the wrong type, such as a name in place of a dict.

    mmengine checks types where it builds an object. This check is for values
    that are read before that.

    Args:
        config: The whole config.

    Raises:
        ValueError: If a value has the wrong type.
    """
    for key, types in {**_runner_types(), **TYPES}.items():
        value = _look_up(config, key)
        plain = isinstance(value, PLAIN) or (value is None and key in config)
        if plain and not isinstance(value, types):
            expected = ' or '.join(t.__name__ for t in types if t in PLAIN)
            raise ValueError(
                f'{_name(config)}: {key} must be of type {expected}, got '
                f'{shorten(repr(value), 100)}'
            )


def require_keys(config: Config, purpose: str, *keys: str) -> None:
    """Check that a config has keys, neither None nor an empty dict.

    Configs of loops, such as ``test_cfg``, may be empty.

    Args:
        config: The whole config.
        purpose: What needs them, such as ``--tta``, for the error message.
        keys: The keys, such as ``test_dataloader.dataset``.

    Raises:
        ValueError: If keys are missing.
    """
    missing = [
        key
        for key in keys
        if (value := _look_up(config, key)) is None
        or (value == {} and not key.endswith('_cfg'))
    ]
    if missing:
        raise ValueError(
            f'{_name(config)} has no {", ".join(missing)}, which {purpose} '
            'needs: add it, or name a config that has it'
        )


def require_loop(config: Config, loop: str) -> None:
    """Check that a config has all that the runner needs for one of its loops.

    Args:
        config: The whole config.
        loop: ``train`` or ``test``.

    Raises:
        ValueError: If keys are missing; also if another loop has some of its
            keys and not all, which the runner refuses.
    """
    require_keys(config, f'the {loop} loop', 'model.type')
    for name, keys in LOOP_KEYS.items():
        if name == loop or any(config.get(key) is not None for key in keys):
            require_keys(
                config,
                f'the {name} loop',
                *(*keys, f'{name}_dataloader.dataset'),
            )


def _runner_types() -> dict[str, tuple[type, ...]]:
    """Read the types of the runner's arguments that hold other values."""
    found = {}
    for key, hint in get_type_hints(Runner.__init__).items():
        parts = get_args(hint) if get_origin(hint) is Union else (hint,)
        types = [get_origin(part) or part for part in parts]
        if list in types:
            types.append(tuple)
        if dict in types or list in types:
            found[key] = tuple(types)
    return found


def _look_up(config: Config, key: str) -> Any:
    """Return the value of a dotted key, None without one."""
    value: Any = config
    for part in key.split('.'):
        get = getattr(value, 'get', None)
        value = get(part) if callable(get) else None
    return value


def _name(config: Config) -> str:
    return str(config.filename or 'the config')


def _extends(key: str, read: Iterable[str]) -> bool:
    return any(
        re.search(rf'(^|_){name}(_|\d|$)', key) is not None for name in read
    )
