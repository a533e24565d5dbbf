"""Conversion of SUN RGB-D from its images and toolbox."""

import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .conversion import Pair, check_files, check_sources, write_pairs
from .matlab import get_array, open_hdf5, read_mat

# Images by split, as published.
COUNTS = {'train': 5285, 'test': 5050}

NUM_CLASSES = 37

_IMAGES = 'https://rgbd.cs.princeton.edu/data/SUNRGBD.zip, unpacked'
_TOOLBOX = (
    'https://rgbd.cs.princeton.edu/data/SUNRGBDtoolbox.zip (MD5 '
    '18d22e1761d36352f37232cba102f91f), unpacked'
)
META = 'SUNRGBDtoolbox/Metadata/SUNRGBDMeta.mat'
LABELS = 'SUNRGBDtoolbox/Metadata/SUNRGBD2Dseg.mat'
SPLIT = 'SUNRGBDtoolbox/traintestSUNRGBD/allsplit.mat'
# Files to download, and their sources.
SOURCES = {
    'SUNRGBD': _IMAGES,
    META: _TOOLBOX,
    LABELS: _TOOLBOX,
    SPLIT: _TOOLBOX,
}


def convert_sunrgbd(
    source_dir: str | os.PathLike,
    out_dir: str | os.PathLike,
    show_progress: bool = True,
) -> int:
    """Convert SUN RGB-D to the layout of ``SUNRGBDDataset``.

    Source: Song, Lichtenberg, Xiao, "SUN RGB-D: A RGB-D scene understanding
    benchmark suite", CVPR 2015. Files as its toolbox's readme and
    TUI-NICR/ESANet, src/datasets/sunrgbd/prepare_dataset.py, describe them;
    checksum as in open-mmlab/mmdetection3d, data/sunrgbd/README.md.

    Images are copied to ``img_dir/{train,test}/NNNNN.jpg``, label maps go to
    ``ann_dir/{train,test}/NNNNN.png``, numbered from 1 as in
    ``SUNRGBDMeta.mat``. Labels are 1 to 37, and 0 where a pixel has none.
    After an interruption, the same call continues where the first one stopped.

    Args:
        source_dir: Folder with ``SUNRGBD/`` and ``SUNRGBDtoolbox/``, the
            unpacked archives.
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
    images = _read_image_paths(folder / META)
    splits = _read_splits(folder / SPLIT, images)
    check_files(
        [folder / image for image in images], f'they come from {_IMAGES}'
    )
    with open_hdf5(folder / LABELS) as file:
        # Each field of an array of structures is an array of references.
        references = get_array(file, 'SUNRGBD2Dseg/seglabel')[()].ravel()
        if len(references) != len(images):
            raise ValueError(
                f'{file.filename} holds {len(references)} label maps for '
                f'{len(images)} images; download it again.'
            )
        pairs = [
            Pair(
                split,
                f'{number:05d}',
                partial(_read, folder / image, file, reference),
            )
            for number, (split, image, reference) in enumerate(
                zip(splits, images, references, strict=True), start=1
            )
        ]
        return write_pairs(
            pairs,
            Path(out_dir),
            '.jpg',
            COUNTS,
            range(NUM_CLASSES + 1),
            show_progress,
        )


def _relative_path(path: str) -> str:
    """Cut a path above ``SUNRGBD``, and its repeated and trailing slashes.

    The toolbox has absolute paths of its authors' machine, such as
    ``/n/fs/sun3d/data/SUNRGBD/kv2/kinect2data/NAME-resize//image/N.jpg``.
    """
    parts = [part for part in str(path).split('/') if part]
    if 'SUNRGBD' not in parts:
        raise ValueError(
            f'{path!r} is not a path of SUN RGB-D: it names no folder '
            'SUNRGBD; download the toolbox again.'
        )
    if '..' in parts:
        raise ValueError(
            f'{path!r} leads out of SUN RGB-D; download the toolbox again.'
        )
    return '/'.join(parts[parts.index('SUNRGBD') :])


def _read_image_paths(path: Path) -> list[str]:
    (frames,) = read_mat(path, 'SUNRGBDMeta')
    frames = np.atleast_1d(frames)
    if not all(hasattr(frame, 'rgbpath') for frame in frames):
        raise ValueError(
            f'{path} has no field rgbpath in SUNRGBDMeta; download it again.'
        )
    return [_relative_path(frame.rgbpath) for frame in frames]


def _read_splits(path: Path, images: list[str]) -> list[str]:
    """Read the split of every image; the file lists their folders."""
    split_of_folder: dict[str, str] = {}
    for split, folders in zip(
        ('train', 'test'), read_mat(path, 'alltrain', 'alltest'), strict=True
    ):
        for folder in map(_relative_path, np.atleast_1d(folders).tolist()):
            if split_of_folder.setdefault(folder, split) != split:
                raise ValueError(
                    f'{path} lists {folder} for training and for testing; '
                    'download it again.'
                )
    # An image lies in FOLDER/image/NAME.jpg.
    folders = [image.rsplit('/', 2)[0] for image in images]
    unlisted = [folder for folder in folders if folder not in split_of_folder]
    if unlisted:
        raise ValueError(
            f'{path} lists {len(unlisted)} of {len(folders)} images neither '
            f'for training nor for testing: {", ".join(unlisted[:3])}; '
            'download it again.'
        )
    return [split_of_folder[folder] for folder in folders]


def _read(image: Path, file: Any, reference: Any) -> tuple[Path, np.ndarray]:
    # (W, H) to (H, W); the values may be 64-bit numbers.
    return image, file[reference][()].T
