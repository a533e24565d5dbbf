"""Which images are measured, and against which labels."""

import os
import re
from collections.abc import Iterator
from typing import Any

from mmcv.transforms import Resize

from .guard import NoResultError

# Besides mmcv's Resize; the size that they give differs between images.
OTHER_RESIZES = ('LimitShortEdge', 'RandomResize', 'ResizeShortestEdge')
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
    steps = list(_steps(getattr(data_set, 'pipeline', None)))
    scales = {step.scale for step in steps if isinstance(step, Resize)}
    others = [step for step in steps if type(step).__name__ in OTHER_RESIZES]
    if not scales and not others:
        return 'original'
    scale = scales.pop() if len(scales) == 1 and not others else None
    return 'various' if scale is None else [int(scale[1]), int(scale[0])]


def _steps(transform: Any) -> Iterator[Any]:
    """List a pipeline's steps, those in alternatives included."""
    # So Compose, TransformBroadcaster and TestTimeAug call their parts.
    for name in ('transforms', 'subroutines'):
        for part in getattr(transform, name, None) or ():
            yield part
            yield from _steps(part)
