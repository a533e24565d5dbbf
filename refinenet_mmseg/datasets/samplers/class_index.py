"""Index of images by class, read from the label maps and cached."""

import hashlib
import logging
import os
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmseg.datasets.transforms import LoadAnnotations
from rich.progress import track

from ...atomic_io import atomic_write
from ...images import NUM_LABEL_VALUES


def load_class_index(
    dataset: Any, ignore_index: int, cache_dir: str | os.PathLike | None
) -> np.ndarray:
    """Load the index of a data set's images by class.

    Args:
        dataset: Data set of mmseg with label maps, which are read as its
            pipeline reads them.
        ignore_index: Label value that is no class.
        cache_dir: Folder that caches the index for the next run; None caches
            nothing. The label maps are read again once a file or the way to
            read it has changed.

    Returns:
        Whether image n shows class c, of shape (N, C).

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
    step = _find_label_step(dataset)
    classes = dataset.metainfo['classes']
    if cache_dir is None:
        return _read_label_maps(images, step, classes, ignore_index)
    name = _hash(item['seg_map_path'] for item in images)[:16]
    path = Path(cache_dir, f'{name}.npz')
    fingerprint = _fingerprint(images, step, classes, ignore_index)
    index = load_cached_array(path, fingerprint)
    if index is None:
        index = _read_label_maps(images, step, classes, ignore_index)
        cache_array(path, fingerprint, index)
    return index


def load_cached_array(path: Path, fingerprint: str) -> np.ndarray | None:
    """Load an array from its cache.

    Args:
        path: File that :func:`cache_array` has written.
        fingerprint: Hash of all that the array depends on.

    Returns:
        The array; None where it is not cached, or with another fingerprint.
    """
    try:
        with np.load(path) as cached:
            if str(cached['fingerprint']) == fingerprint:
                return cached['array']
    except (
        OSError,
        KeyError,
        ValueError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
    ):
        # Missing, or damaged: it will be written anew.
        pass
    return None


def cache_array(path: Path, fingerprint: str, array: np.ndarray) -> None:
    """Cache an array in a file; log a warning where that fails.

    Args:
        path: File to write; missing folders are made.
        fingerprint: Hash of all that the array depends on.
        array: The array.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as partial:
            np.savez_compressed(partial, fingerprint=fingerprint, array=array)
    except OSError as error:
        print_log(
            f'{path} could not be written ({error}); the next run reads the '
            'label maps again',
            logger='current',
            level=logging.WARNING,
        )


def _find_label_step(dataset: Any) -> LoadAnnotations:
    """Find the step of the data set's pipeline that reads label maps."""
    steps = getattr(getattr(dataset, 'pipeline', None), 'transforms', [])
    for step in steps:
        if isinstance(step, LoadAnnotations):
            return step
    return LoadAnnotations()


def _read_label_maps(
    images: Sequence[dict],
    step: LoadAnnotations,
    classes: Sequence[str],
    ignore_index: int,
) -> np.ndarray:
    """Read the index from all label maps, of shape (N, C)."""

    def has_value(item: dict) -> np.ndarray:
        labels = step({**item, 'seg_fields': []})['gt_seg_map']  # (H, W)
        return (
            np.bincount(labels.ravel(), minlength=NUM_LABEL_VALUES) > 0
        )  # (256,)

    started = perf_counter()
    # Threads: decoding a file releases the interpreter's lock.
    with ThreadPoolExecutor() as threads:
        rows = track(
            threads.map(has_value, images),
            f'Reading the classes of {len(images)} label maps',
            total=len(images),
        )
        values = np.stack(list(rows))  # (N, 256)
    print_log(
        f'Read the classes of {len(images)} label maps in '
        f'{perf_counter() - started:.0f} s',
        logger='current',
    )
    if 0 <= ignore_index < NUM_LABEL_VALUES:  # others are in no 8-bit file
        values[:, ignore_index] = False
    is_unknown = values[:, len(classes) :].any(axis=1)
    if is_unknown.any():
        first = int(is_unknown.argmax())
        unknown = np.flatnonzero(values[first])
        raise ValueError(
            f'{is_unknown.sum()} label maps hold values that are neither one '
            f'of the {len(classes)} classes nor {ignore_index} (ignored), '
            f'{images[first]["seg_map_path"]} for one: '
            f'{unknown[unknown >= len(classes)].tolist()}; correct the files, '
            '`reduce_zero_label` or the classes of the data set'
        )
    return values[:, : len(classes)].copy()  # (N, C)


def _fingerprint(
    images: Sequence[dict],
    step: LoadAnnotations,
    classes: Sequence[str],
    ignore_index: int,
) -> str:
    """Hash all that the classes of the images depend on."""
    # Not the step's repr: it takes over reduce_zero_label on first use.
    decoding = type(step).__qualname__, step.imdecode_backend
    conventions = repr((decoding, tuple(classes), ignore_index))
    files = (
        repr(
            (
                item['seg_map_path'],
                _size_and_time(item['seg_map_path']),
                item.get('reduce_zero_label'),
                item.get('label_map'),
            )
        )
        for item in images
    )
    return _hash(chain([conventions], files))


def _size_and_time(path: str) -> tuple[int, int] | None:
    """Return a file's bytes and time of change; None if it is not local."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _hash(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b'\0')
    return digest.hexdigest()
