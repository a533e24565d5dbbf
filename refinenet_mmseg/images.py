"""Image files and label maps: their suffixes, order and ignored value."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff', '.webp')
# The label of pixels that are neither trained on nor scored, unless a config
# says otherwise: mmseg's own default.
IGNORED_LABEL = 255
# RGB colors of their stripes, light and dark: some data sets give a class a
# plain gray.
IGNORED_COLORS = ((235, 235, 235), (165, 165, 165))
# Values that an 8-bit label map can hold.
NUM_LABEL_VALUES = 256


def list_images(
    folder: Path, suffixes: Iterable[str] = IMAGE_SUFFIXES
) -> list[Path]:
    """List the image files of a folder, sorted by name.

    Args:
        folder: The folder; those below it are left out.
        suffixes: Suffixes of image files, in lower case; files may have them
            in either case. Default: ``IMAGE_SUFFIXES``.

    Returns:
        The files. Broken links are among them: reading them reports the error.

    Raises:
        ValueError: If there is none.
    """
    suffixes = tuple(suffixes)
    files = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in suffixes and not path.is_dir()
    )
    if not files:
        raise ValueError(f'no {", ".join(suffixes)} file in {folder}')
    return files


def evenly_spaced(total: int, count: int) -> list[int]:
    """Choose evenly spaced indices, including the first and the last.

    Args:
        total: Number of items to choose from.
        count: Number of indices; all are chosen where there are fewer.
    """
    count = min(count, total)
    return np.linspace(0, total - 1, count).round().astype(int).tolist()
