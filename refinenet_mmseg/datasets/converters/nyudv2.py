"""Conversion of NYU Depth v2 from its MATLAB files."""

import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .conversion import Pair, check_sources, write_pairs
from .matlab import get_array, open_hdf5, read_mat

# Images by split, as published.
COUNTS = {'train': 795, 'test': 654}

# Labels of the source, before they are merged to 40 classes.
NUM_LABELS = 894

NUM_CLASSES = 40

# Files to download, and their sources.
SOURCES = {
    'nyu_depth_v2_labeled.mat': (
        'http://horatio.cs.nyu.edu/mit/silberman/nyu_depth_v2/'
        'nyu_depth_v2_labeled.mat (2,972,037,809 bytes, MD5 '
        '520609c519fba3ba5ac58c8fefcc3530)'
    ),
    'splits.mat': (
        'http://horatio.cs.nyu.edu/mit/silberman/indoor_seg_sup/splits.mat'
    ),
    'classMapping40.mat': 'https://github.com/ankurhanda/nyuv2-meta-data',
}

# Height and width in pixels of the source.
FRAME_SIZE = (480, 640)

# Rows and columns within the white border: 425 x 560 pixels.
CROP = (slice(45, 470), slice(40, 600))


def convert_nyudv2(
    source_dir: str | os.PathLike,
    out_dir: str | os.PathLike,
    show_progress: bool = True,
) -> int:
    """Convert NYU Depth v2 to the layout of ``NYUDv2Dataset``.

    Source: Silberman, Hoiem, Kohli, Fergus, "Indoor segmentation and support
    inference from RGBD images", ECCV 2012, in the split, the 40 classes and
    the crop of Gupta, Girshick, Arbelaez, Malik, "Learning rich features from
    RGB-D images", ECCV 2014, whose labels the RefineNet paper uses: rows 46
    to 470 and columns 41 to 600, counted from 1. (The data set's own toolbox
    keeps 45 to 471 and 41 to 601.) Files as TUI-NICR/ESANet,
    src/datasets/nyuv2/prepare_dataset.py, reads them; size and checksum as
    other public code gives them.

    Images go to ``img_dir/{train,test}/NNNN.png`` and label maps to
    ``ann_dir/{train,test}/NNNN.png``, numbered from 1 as in the source.
    Labels are 1 to 40, and 0 where a pixel has none. After an interruption,
    the same call continues where the first one stopped.

    Args:
        source_dir: Folder with the files of ``SOURCES``.
        out_dir: Folder to fill; created if absent.
        show_progress: Whether to show progress bars. Default: True.

    Returns:
        Number of images that were written, not found from an earlier call.

    Raises:
        ImportError: If h5py or SciPy is missing.
        OSError: If a file is missing, or ``out_dir`` holds other ones.
        ValueError: If a file is damaged or another than expected.
    """
    folder = Path(source_dir)
    check_sources(folder, SOURCES)
    splits = _read_splits(folder / 'splits.mat')
    class_of_label = _read_classes(folder / 'classMapping40.mat')
    with open_hdf5(folder / 'nyu_depth_v2_labeled.mat') as file:
        images, labels = get_array(file, 'images'), get_array(file, 'labels')
        _check_arrays(images, labels, file.filename)
        # In the order of the file: neighbors may share a compressed chunk.
        pairs = [
            Pair(
                splits[number],
                f'{number:04d}',
                partial(_read, images, labels, number - 1, class_of_label),
            )
            for number in sorted(splits)
        ]
        return write_pairs(
            pairs,
            Path(out_dir),
            '.png',
            COUNTS,
            range(NUM_CLASSES + 1),
            show_progress,
        )


def _read_splits(path: Path) -> dict[int, str]:
    """Read the split of every image, by its number from 1."""
    numbers = dict(
        zip(
            ('train', 'test'),
            map(np.atleast_1d, read_mat(path, 'trainNdxs', 'testNdxs')),
            strict=True,
        )
    )
    found = {split: len(values) for split, values in numbers.items()}
    all_numbers = np.sort(np.concatenate(list(numbers.values())))
    if found != COUNTS or not np.array_equal(
        all_numbers, np.arange(1, len(all_numbers) + 1)
    ):
        raise ValueError(
            f'{path} divides the images into {found}, numbered '
            f'{all_numbers.min()} to {all_numbers.max()}; the published split '
            f'is {COUNTS}, each image once. Download it again.'
        )
    return {
        int(number): split
        for split, values in numbers.items()
        for number in values
    }


def _read_classes(path: Path) -> np.ndarray:
    """Read the class of every label; 0 stands for no label and no class."""
    (classes,) = read_mat(path, 'mapClass')
    if classes.shape != (NUM_LABELS,) or set(classes.tolist()) != set(
        range(1, NUM_CLASSES + 1)
    ):
        raise ValueError(
            f'{path} maps {classes.size} labels to {classes.min()} ... '
            f'{classes.max()}; the published mapping takes {NUM_LABELS} '
            f'labels to every class of 1 to {NUM_CLASSES}. Download it again.'
        )
    return np.concatenate([[0], classes]).astype(np.uint8)


def _check_arrays(images: Any, labels: Any, name: str) -> None:
    number = sum(COUNTS.values())
    height, width = FRAME_SIZE
    expected = ((number, 3, width, height), (number, width, height))
    if (images.shape, labels.shape) != expected:
        raise ValueError(
            f'{name} holds images of shape {images.shape} and labels of '
            f'{labels.shape}, not {expected[0]} and {expected[1]}; download '
            'it again.'
        )


def _read(
    images: Any, labels: Any, index: int, class_of_label: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    # (3, W, H) to (H, W, 3) and (W, H) to (H, W)
    frame, values = images[index].T, labels[index].T
    if values.max() > NUM_LABELS:
        raise ValueError(
            f'{labels.file.filename}: image {index + 1} has the label '
            f'{values.max()}, beyond the {NUM_LABELS} of the data set; '
            'download it again.'
        )
    return frame[CROP], class_of_label[values[CROP]]
