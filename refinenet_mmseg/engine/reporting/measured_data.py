"""Which images are measured, and against which labels."""

import os
import re
from typing import Any

from mmcv.transforms import Resize

from .guard import NoResultError

SPLITS = ('train', 'val', 'test')
_WORDS = dict(
    train='train',
    training='train',
    trainaug='train',
    val='val',
    validation='val',
    test='test',
    testing='test',
)


def describe_data(data_set: Any, split: str | None) -> dict[str, Any]:
    """Describe the data set of a validation or test.

    Args:
        data_set: The data set.
        split: Which images these are; None means what folders and lists are
            called.

    Returns:
        The fields of a result about data.

    Raises:
        NoResultError: If nothing tells the split.
    """
    meta = data_set.metainfo
    return dict(
        data_set=type(data_set).__name__,
        split=split or find_split(data_set),
        num_images=len(data_set),
        test_size=_find_test_size(data_set),
        reduce_zero_label=bool(getattr(data_set, 'reduce_zero_label', False)),
        classes=[str(name) for name in meta['classes']],
        palette=[[int(value) for value in c] for c in meta['palette']],
    )


def find_split(data_set: Any) -> str:
    """Read the split off the list of images, or off their folder.

    Args:
        data_set: The data set.

    Returns:
        ``train``, ``val`` or ``test``: the last such word in the name of the
        list, or in that of the folder where the list has none.

    Raises:
        NoResultError: If there is none.
    """
    root = getattr(data_set, 'data_root', None) or os.curdir
    folder = (getattr(data_set, 'data_prefix', None) or {}).get('img_path')
    names = []
    for path in (getattr(data_set, 'ann_file', None), folder):
        if path:
            name = os.path.splitext(os.path.relpath(path, root))[0]
            names.append(name)
            for word in reversed(re.split(r'[\W_]+', name.lower())):
                if word in _WORDS:
                    return _WORDS[word]
    raise NoResultError(
        f'nothing in {" or ".join(map(repr, names)) or "the data set"} tells '
        f'the split: name it, ResultHook(split=...), one of {SPLITS}'
    )


def _find_test_size(data_set: Any) -> list[int] | str:
    """Tell which height and width images are resized to, if all alike."""
    # Data sets put together of others have none of their own.
    steps = getattr(data_set, 'pipeline', None)
    scales = {resize.scale for resize in _resizes(steps)}
    scale = scales.pop() if len(scales) == 1 else None
    return 'original' if scale is None else [int(scale[1]), int(scale[0])]


def _resizes(transform: Any) -> list[Resize]:
    """List the resizing steps, those in alternatives included."""
    if isinstance(transform, Resize):
        return [transform]
    return [
        resize
        for part in getattr(transform, 'transforms', None) or ()
        for resize in _resizes(part)
    ]
