"""Samples of a data set: images and label maps, read as in training."""

import io
import os.path as osp
from collections.abc import Collection, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from mmengine import fileio
from PIL import Image, UnidentifiedImageError

from ..images import NUM_LABEL_VALUES
from .splits import OpenedDataset


class Fault(NamedTuple):
    """A fault of a file: the kind of finding, the path, a remark."""

    kind: str
    path: str
    detail: str = ''


@dataclass
class Sample:
    """An image and its label map, with their faults.

    Args:
        image: Path of the image.
        label: Path of the label map; None if none is loaded.
        faults: Faults of the two files.
        checksum: Checksum of the image's file.
        file_counts: Pixels of each value in the label map's file, of shape
            (256,).
        label_counts: Pixels of each value as training sees them, after
            ``reduce_zero_label`` and ``label_map``, of shape (256,).
    """

    image: str
    label: str | None
    faults: list[Fault] = field(default_factory=list)
    checksum: bytes | None = None
    file_counts: np.ndarray | None = None
    label_counts: np.ndarray | None = None

    def add_fault(self, kind: str, path: str, detail: str = '') -> None:
        """Add a fault of one of the files."""
        self.faults.append(Fault(kind, path, detail))


def read_samples(
    opened: OpenedDataset, workers: int | None = None
) -> Generator[Sample, None, None]:
    """Read all images and label maps of a data set, in order.

    Threads read them: decoders release Python's lock, and threads need
    neither shared memory nor a second import of mmseg.

    Args:
        opened: The data set.
        workers: Number of threads. Default: ``ThreadPoolExecutor``'s, a few
            more than there are CPUs.
    """
    with ThreadPoolExecutor(workers) as executor:
        indices = range(len(opened.dataset))
        yield from executor.map(partial(read_sample, opened), indices)


def read_sample(opened: OpenedDataset, index: int) -> Sample:
    """Read an image and its label map through the pipeline's own steps.

    Files are also read directly, as the steps do not return checksums, the
    format of label maps, and their values before they are mapped. Errors in a
    file become faults of the sample. Damage that no decoder notices is not
    found, such as a changed byte in a JPEG image.

    Args:
        opened: The data set.
        index: Index of the image.
    """
    results = opened.dataset.get_data_info(index)
    label = results.get('seg_map_path') if opened.label_steps else None
    sample = Sample(results['img_path'], label)
    size = _read_image(opened.image_steps, results, sample)
    if label is not None:
        _read_label(opened.label_steps, results, sample, size)
    return sample


def find_unpaired_labels(dataset: Any, known: Collection[str]) -> list[str]:
    """Find label maps whose image is missing.

    Only a data set that lists its image folder can have them: a split list
    may leave files out on purpose, and some storage cannot list a folder.

    Args:
        dataset: An initialized data set of mmseg.
        known: Paths of the label maps that go with an image.
    """
    listed = getattr(dataset, 'ann_file', '')
    prefixes = getattr(dataset, 'data_prefix', None) or {}
    image_dir = prefixes.get('img_path')
    suffix = getattr(dataset, 'seg_map_suffix', None)
    if (listed and not osp.isdir(listed)) or not suffix or image_dir is None:
        return []
    backend = fileio.get_file_backend(
        image_dir, backend_args=getattr(dataset, 'backend_args', None)
    )
    if not hasattr(backend, 'list_dir_or_file'):
        return []
    found = []
    for key, folder in prefixes.items():
        if not key.startswith('seg_map_path') or not folder:
            continue
        if not backend.isdir(folder):
            continue
        for name in backend.list_dir_or_file(
            folder, list_dir=False, suffix=suffix, recursive=True
        ):
            path = osp.join(folder, name)
            image = name[: -len(suffix)] + dataset.img_suffix
            if path not in known and not backend.exists(
                osp.join(image_dir, image)
            ):
                found.append(path)
    return sorted(found)


def _read_image(
    steps: Sequence[Any], results: dict, sample: Sample
) -> tuple[int, ...] | None:
    """Load the image and return its size (H, W); None if it is at fault."""
    path = sample.image
    try:
        content = _read_file(steps, path)
        sample.checksum = blake2b(content, digest_size=16).digest()
        _run_steps(steps, results)
        return tuple(results['img_shape'])
    except FileNotFoundError:
        sample.add_fault('image_missing', path)
    # Decoders have no common class of errors.
    except Exception as error:
        sample.add_fault('image_unreadable', path, _reason(error, path))
    return None


def _read_label(
    steps: Sequence[Any],
    results: dict,
    sample: Sample,
    size: tuple[int, ...] | None,
) -> None:
    """Load the label map, count its values and compare it with the image."""
    path = results['seg_map_path']
    try:
        in_file = read_label_file(_read_file(steps, path))
        if in_file.fault is not None:
            sample.add_fault(in_file.fault, path, in_file.detail)
        if in_file.fault == 'label_format':
            return
        # Sizes are compared below, not by the step.
        results.pop('ori_shape', None)
        _run_steps(steps, results)
        labels = results['gt_seg_map']
    except FileNotFoundError:
        sample.add_fault('label_missing', sample.image, f'no {path}')
        return
    except Exception as error:
        sample.add_fault('label_unreadable', path, _reason(error, path))
        return
    if labels.ndim > len(size or (0, 0)):
        shape = ' x '.join(map(str, labels.shape))
        sample.add_fault('label_format', path, f'loads as {shape}')
        return
    if size is not None and labels.shape != size:
        detail = f'{_format_size(labels.shape)}, its image '
        sample.add_fault('size', path, detail + _format_size(size))
    sample.file_counts = in_file.counts
    sample.label_counts = count_values(labels)


class LabelFile(NamedTuple):
    """Values and format of a label map's file, before the values are mapped.

    Args:
        counts: Pixels of each value, of shape (256,); None where the values
            are no labels.
        fault: Kind of finding, such as ``label_format``; None for none.
        detail: Remark on the fault.
    """

    counts: np.ndarray | None
    fault: str | None = None
    detail: str = ''


def read_label_file(content: bytes) -> LabelFile:
    """Read the values of a label map before they are mapped.

    Args:
        content: Content of the file; formats unknown to Pillow pass.

    Raises:
        OSError: If it is cut off.
    """
    try:
        image = Image.open(io.BytesIO(content))
    except UnidentifiedImageError:
        return LabelFile(None)
    if image.format == 'JPEG':
        return LabelFile(
            None, 'label_format', 'JPEG, which changes values: use PNG'
        )
    if len(image.getbands()) > 1:
        return LabelFile(
            None, 'label_format', f'{image.mode}: has several channels'
        )
    if image.mode in ('L', 'P'):
        return LabelFile(np.array(image.histogram()))
    values = np.array(image)
    if image.mode == '1':
        return LabelFile(count_values(values))
    least, greatest = values.min(), values.max()
    if least >= 0 and greatest < NUM_LABEL_VALUES:
        counts = count_values(values)
        return LabelFile(counts, 'label_depth', f'values up to {greatest}')
    return LabelFile(
        None,
        'label_format',
        f'values from {least} to {greatest}: loading keeps 8 bits of them',
    )


def count_values(labels: np.ndarray) -> np.ndarray:
    """Count the pixels of each label value.

    Args:
        labels: Label map of any shape.

    Returns:
        Counts of shape (256,).

    Raises:
        ValueError: If a value needs more than 8 bits.
    """
    if labels.dtype != np.uint8:
        least, greatest = labels.min(), labels.max()
        if least < 0 or greatest >= NUM_LABEL_VALUES:
            raise ValueError(f'loads as values from {least} to {greatest}')
        labels = labels.astype(np.uint8)
    # Unlike numpy's bincount, Pillow lets other threads work meanwhile.
    rows = labels.reshape(len(labels), -1)
    return np.array(Image.fromarray(rows).histogram())


def _read_file(steps: Sequence[Any], path: str) -> bytes:
    backend_args = getattr(steps[0], 'backend_args', None)
    content = fileio.get(path, backend_args=backend_args)
    if not content:
        raise ValueError('the file is empty')
    return content


def _run_steps(steps: Sequence[Any], results: dict) -> None:
    for step in steps:
        # A step that ignores a file (``ignore_empty``) returns None, and
        # mmseg trains on another image instead.
        if step(results) is None:
            raise ValueError(f'{type(step).__name__} loads nothing')


def _format_size(size: Sequence[int]) -> str:
    height, width = size[:2]
    return f'{width} x {height}'


def _reason(error: Exception, path: str) -> str:
    """Return the first line of an error, without the path."""
    message = str(error).rpartition(f'{path}: ')[2].replace(f': {path}', '')
    lines = message.strip().splitlines()
    return lines[0] if lines else repr(error)
