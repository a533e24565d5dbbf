"""Read one image and its label map, as training does."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from mmengine import fileio

from .decoding import count_values, read_raw_labels
from .splits import Part


class Fault(NamedTuple):
    """What is wrong with a file: a kind of finding, the path, a remark."""

    kind: str
    path: str
    detail: str = ''


@dataclass
class Sample:
    """What was found in an image and its label map.

    Args:
        image: Path of the image.
        label: Path of the label map; None where there is none to load.
        faults: What is wrong with the two files.
        digest: Checksum of the image's file.
        raw: Pixels of each value in the label map's file, of shape (256,).
        seen: Pixels of each value as training sees them, after
            ``reduce_zero_label`` and ``label_map``, of shape (256,).
    """

    image: str
    label: str | None
    faults: list[Fault] = field(default_factory=list)
    digest: bytes | None = None
    raw: np.ndarray | None = None
    seen: np.ndarray | None = None

    def add_fault(self, kind: str, path: str, detail: str = '') -> None:
        """Note what is wrong with a file."""
        self.faults.append(Fault(kind, path, detail))


def read_samples(
    part: Part, workers: int | None = None
) -> Generator[Sample, None, None]:
    """Read all images and label maps of a data set, in order.

    Threads read them: decoders leave Python's lock, and threads need neither
    shared memory nor a second import of mmseg.

    Args:
        part: The data set.
        workers: Number of threads. Default: ``ThreadPoolExecutor``'s, a few
            more than there are CPUs.
    """
    with ThreadPoolExecutor(workers) as executor:
        indices = range(len(part.dataset))
        yield from executor.map(partial(read_sample, part), indices)


def read_sample(part: Part, index: int) -> Sample:
    """Read an image and its label map through the pipeline's own steps.

    Files are also read beside the pipeline, for what its steps do not tell:
    checksums, the format of label maps, and their values before they are
    mapped. Nothing that a file contains is raised as an error. What no
    decoder notices is not found, such as a changed byte in a JPEG image.

    Args:
        part: The data set.
        index: Which of its images, from 0.
    """
    results = part.dataset.get_data_info(index)
    label = results.get('seg_map_path') if part.label_steps else None
    sample = Sample(results['img_path'], label)
    size = _read_image(part.image_steps, results, sample)
    if label is not None:
        _read_label(part.label_steps, results, sample, size)
    return sample


def _read_image(
    steps: Sequence[Any], results: dict, sample: Sample
) -> tuple[int, ...] | None:
    """Load the image and return its size (H, W)."""
    path = sample.image
    try:
        content = _read_file(steps, path)
        sample.digest = blake2b(content, digest_size=16).digest()
        _run(steps, results)
        return tuple(results['img_shape'])
    except FileNotFoundError:
        sample.add_fault('image_missing', path)
    # Whatever a decoder raises, the file is at fault.
    except Exception as error:
        sample.add_fault('image_unreadable', path, _describe(error, path))
    return None


def _read_label(
    steps: Sequence[Any],
    results: dict,
    sample: Sample,
    size: tuple[int, ...] | None,
) -> None:
    """Load the label map and count its values."""
    path = results['seg_map_path']
    try:
        raw = read_raw_labels(_read_file(steps, path))
        if raw.fault is not None:
            sample.add_fault(raw.fault, path, raw.detail)
        if raw.fault == 'label_format':
            return
        # So that the step does not judge the size, which follows below.
        results.pop('ori_shape', None)
        _run(steps, results)
        labels = results['gt_seg_map']
    except FileNotFoundError:
        sample.add_fault('label_missing', sample.image, f'no {path}')
        return
    except Exception as error:
        sample.add_fault('label_unreadable', path, _describe(error, path))
        return
    if labels.ndim > len(size or (0, 0)):
        shape = ' x '.join(map(str, labels.shape))
        sample.add_fault('label_format', path, f'loads as {shape}')
        return
    if size is not None and labels.shape != size:
        detail = f'{_name(labels.shape)}, its image {_name(size)}'
        sample.add_fault('size', path, detail)
    sample.raw = raw.counts
    sample.seen = count_values(labels)


def _read_file(steps: Sequence[Any], path: str) -> bytes:
    backend_args = getattr(steps[0], 'backend_args', None)
    return fileio.get(path, backend_args=backend_args)


def _run(steps: Sequence[Any], results: dict) -> None:
    for step in steps:
        # What a step ignores (``ignore_empty``) ends in another image.
        if step(results) is None:
            raise ValueError(f'{type(step).__name__} loads nothing')


def _name(size: Sequence[int]) -> str:
    height, width = size[:2]
    return f'{width} x {height}'


def _describe(error: Exception, path: str) -> str:
    lines = str(error).replace(f': {path}', '').strip().splitlines()
    return lines[0] if lines else repr(error)
