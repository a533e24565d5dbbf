"""Dataset info of a result: images, split, size, classes and palette."""

import os
import re
from collections.abc import Iterator
from typing import Any

from mmcv.transforms import Resize

from .result_file import NoResultError

SPLITS = ('train', 'val', 'test')
# Names of splits in the names of folders and lists of images.
SPLIT_NAMES = dict(
    train='train',
    training='train',
    trainaug='train',
    val='val',
    validation='val',
    test='test',
    testing='test',
)
# Resizing transforms besides mmcv's Resize, after which sizes differ.
VARIABLE_RESIZES = ('LimitShortEdge', 'RandomResize', 'ResizeShortestEdge')


def describe_dataset(dataset: Any, split: str | None) -> dict[str, Any]:
    """Describe the dataset of a validation or test.

    Args:
        dataset: The dataset.
        split: The split; None reads it from the paths of the dataset.

    Returns:
        The fields of a result about the dataset.

    Raises:
        NoResultError: If the split is not known.
    """
    meta = dataset.metainfo
    return dict(
        data_set=type(dataset).__name__,
        split=split or find_split(dataset),
        num_images=len(dataset),
        test_size=_find_test_size(dataset),
        reduce_zero_label=bool(getattr(dataset, 'reduce_zero_label', False)),
        classes=[str(name) for name in meta['classes']],
        palette=[[int(value) for value in c] for c in meta['palette']],
    )


def find_split(dataset: Any) -> str:
    """Find the split in the name of the list of images, or of their folder.

    Returns:
        ``train``, ``val`` or ``test``: the last one in the name of the list,
        or in the path of the folder if the list has none.

    Raises:
        NoResultError: If neither names a split.
    """
    root = getattr(dataset, 'data_root', None) or os.curdir
    folder = (getattr(dataset, 'data_prefix', None) or {}).get('img_path')
    paths = []
    for path in (getattr(dataset, 'ann_file', None), folder):
        if path:
            path = os.path.splitext(os.path.relpath(path, root))[0]
            paths.append(path)
            for word in reversed(re.split(r'[\W_]+', path.lower())):
                if word in SPLIT_NAMES:
                    return SPLIT_NAMES[word]
    raise NoResultError(
        f'nothing in {" or ".join(map(repr, paths)) or "the dataset"} tells '
        f'the split: name it, ResultHook(split=...), one of {SPLITS}'
    )


def _find_test_size(dataset: Any) -> list[int] | str:
    """Find the size (height, width) that images are resized to."""
    # A concatenation of datasets has no pipeline of its own.
    steps = list(_list_transforms(getattr(dataset, 'pipeline', None)))
    scales = {step.scale for step in steps if isinstance(step, Resize)}
    varies = any(type(step).__name__ in VARIABLE_RESIZES for step in steps)
    if not scales and not varies:
        return 'original'
    scale = scales.pop() if len(scales) == 1 and not varies else None
    # mmcv has the width first; None if images are scaled by a factor.
    return 'various' if scale is None else [int(scale[1]), int(scale[0])]


def _list_transforms(transform: Any) -> Iterator[Any]:
    """List the transforms of a pipeline, nested ones included."""
    # Compose, TransformBroadcaster and TestTimeAug nest others under these.
    for name in ('transforms', 'subroutines'):
        for part in getattr(transform, name, None) or ():
            yield part
            yield from _list_transforms(part)
