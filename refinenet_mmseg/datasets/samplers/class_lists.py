"""Which classes each image of a data set shows, read once and kept."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmseg.datasets.transforms import LoadAnnotations
from rich.progress import track

from .kept_array import keep_array, kept_array

LABEL_VALUES = 256


def class_membership(
    dataset: Any, ignore_index: int, cache_dir: str | os.PathLike | None
) -> np.ndarray:
    """Tell which classes each image of a data set shows.

    Args:
        dataset: Data set of mmseg with label maps, which are read as its
            pipeline reads them.
        ignore_index: Label value that is no class.
        cache_dir: Folder that keeps the answer for the next run; None keeps
            nothing. The label maps are read again once a file or the way to
            read it has changed.

    Returns:
        Whether image n shows class c, (N, C).

    Raises:
        ValueError: If images have no label map, or a label map holds values
            that are neither a class nor ignored.
    """
    images = [dataset.get_data_info(index) for index in range(len(dataset))]
    unlabeled = [item for item in images if 'seg_map_path' not in item]
    if unlabeled:
        raise ValueError(
            f'{len(unlabeled)} of {len(images)} images have no label map, '
            f'{unlabeled[0]["img_path"]} for one; sampling by class needs '
            "one each: set data_prefix.seg_map_path, or sampler=dict(type='"
            "InfiniteSampler')"
        )
    loader = _label_loader(dataset)
    classes = dataset.metainfo['classes']
    name = _digest(item['seg_map_path'] for item in images)[:16]
    fingerprint = _fingerprint(images, loader, classes, ignore_index)
    if cache_dir is None:
        return _read(images, loader, classes, ignore_index)
    path = Path(cache_dir, f'{name}.npz')
    membership = kept_array(path, fingerprint)
    if membership is None:
        membership = _read(images, loader, classes, ignore_index)
        keep_array(path, fingerprint, membership)
    return membership


def _read(
    images: Sequence[dict],
    loader: LoadAnnotations,
    classes: Sequence[str],
    ignore_index: int,
) -> np.ndarray:
    """Read all label maps, (N, C)."""
    # Threads: decoding a file releases the interpreter's lock.
    started = perf_counter()
    with ThreadPoolExecutor() as threads:
        values = np.stack(
            list(
                track(
                    threads.map(lambda item: _values(item, loader), images),
                    f'Reading the classes of {len(images)} label maps',
                    total=len(images),
                )
            )
        )
    print_log(
        f'Read the classes of {len(images)} label maps in '
        f'{perf_counter() - started:.0f} s',
        logger='current',
    )
    membership = values[:, : len(classes)].copy()
    values[:, : len(classes)] = False
    if 0 <= ignore_index < LABEL_VALUES:  # others are in no 8-bit file
        values[:, ignore_index] = False
    if 0 <= ignore_index < len(classes):
        membership[:, ignore_index] = False
    wrong = np.flatnonzero(values.any(axis=1)).tolist()
    if wrong:
        raise ValueError(
            f'{len(wrong)} label maps hold values that are neither one of the '
            f'{len(classes)} classes nor {ignore_index} (ignored), '
            f'{images[wrong[0]]["seg_map_path"]} for one: '
            f'{np.flatnonzero(values[wrong[0]]).tolist()}; correct the files, '
            '`reduce_zero_label` or the classes of the data set'
        )
    return membership


def _values(item: dict, loader: LoadAnnotations) -> np.ndarray:
    """Tell which values a label map holds, (256,)."""
    labels = loader({**item, 'seg_fields': []})['gt_seg_map']
    return np.bincount(labels.ravel(), minlength=LABEL_VALUES) > 0


def _label_loader(dataset: Any) -> LoadAnnotations:
    """Find the step of the data set's pipeline that reads label maps."""
    steps = getattr(getattr(dataset, 'pipeline', None), 'transforms', [])
    for step in steps:
        if isinstance(step, LoadAnnotations):
            return step
    return LoadAnnotations()


def _fingerprint(
    images: Sequence[dict],
    loader: LoadAnnotations,
    classes: Sequence[str],
    ignore_index: int,
) -> str:
    """Sum up all that the classes of the images depend on."""
    # Not the loader's repr: it takes over reduce_zero_label on first use.
    decoding = type(loader).__qualname__, loader.imdecode_backend
    conventions = repr((decoding, tuple(classes), ignore_index))
    return _digest(
        chain(
            [conventions],
            (
                repr(
                    (
                        item['seg_map_path'],
                        _size_and_time(item['seg_map_path']),
                        item.get('reduce_zero_label'),
                        item.get('label_map'),
                    )
                )
                for item in images
            ),
        )
    )


def _size_and_time(path: str) -> tuple[int, int] | None:
    """Tell a file's size in bytes and time of change, None if not local."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _digest(parts: Iterator[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b'\0')
    return digest.hexdigest()
