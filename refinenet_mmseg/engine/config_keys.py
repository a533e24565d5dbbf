"""Keys of a config that nothing reads."""

import difflib
import inspect
import re
from collections.abc import Iterable

from mmengine.runner import Runner

# What the tools read beside the runner's arguments.
READ_BY_TOOLS = ('test_pipeline', 'tta_model', 'tta_pipeline')
# What configs name otherwise, close to one of these; 'models' is in mmseg's
# bisenetv2_fcn_4xb4-ohem-160k_cityscapes-1024x1024.
VARIABLES = ('train_pipeline', 'val_pipeline', 'models')
LEAST_LIKENESS = 0.85


def check_keys(keys: Iterable[str]) -> None:
    """Refuse a config's misspelled keys, which mmengine would ignore.

    A config may have variables of any name, so only what is close to a key
    that is read is taken for a mistake; one that extends it, such as
    ``data_root_val``, is not.

    Args:
        keys: The config's keys, of the outermost level.

    Raises:
        ValueError: If one is misspelled.
    """
    read = [*inspect.signature(Runner).parameters, *READ_BY_TOOLS]
    for key in keys:
        if key in read or key in VARIABLES or _extends(key, read):
            continue
        close = difflib.get_close_matches(key, read, 1, LEAST_LIKENESS)
        if close:
            raise ValueError(
                f'nothing reads the config key {key!r}: did you mean '
                f'{close[0]!r}?'
            )


def _extends(key: str, read: Iterable[str]) -> bool:
    return any(
        re.search(rf'(^|_){name}(_|\d|$)', key) is not None for name in read
    )
