"""The shapes data set, and the generation of its files."""

import json
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmseg.registry import DATASETS
from rich.progress import track

from ..atomic_io import atomic_write, atomic_write_text
from .folder_dataset import FolderDataset
from .shapes_drawing import CLASSES, SPLITS, draw_picture

# File with the parameters that the pictures of a folder are made with.
MANIFEST = 'shapes.json'

# Of the pictures: a folder of another version is not continued.
_VERSION = 1
# Smaller pictures have no room for a ring and its hole.
_MIN_SIZE = 64
# Sharp color edges need a picture without chroma subsampling. At this
# quality it takes a third of a PNG's space.
_JPEG_OPTIONS = (
    cv2.IMWRITE_JPEG_QUALITY,
    95,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
)


@DATASETS.register_module()
class ShapesDataset(FolderDataset):
    """Shapes: drawn pictures whose classes differ in outline alone.

    Source: this package; :func:`generate_shapes_dataset` writes the files.
    Discs, rings, boxes, triangles, stars and strokes of 2 to 6 pixels
    overlap on a background; colors and textures are independent of the
    class. The layout is mmseg's, ``img_dir/{train,val}/*.jpg`` and
    ``ann_dir/{train,val}/*.png``, and no pixel is ignored. Arguments as in
    :class:`FolderDataset`.
    """

    METAINFO = {
        'classes': CLASSES,
        'palette': [
            [20, 20, 30],
            [230, 60, 60],
            [250, 200, 40],
            [70, 130, 240],
            [60, 190, 90],
            [200, 90, 220],
            [90, 220, 230],
        ],
    }


def generate_shapes_dataset(
    out_dir: str | os.PathLike,
    num_train: int = 2000,
    num_val: int = 200,
    size: int = 160,
    seed: int = 0,
    show_progress: bool = True,
) -> bool:
    """Write the files of the shapes data set that are missing.

    Images are written to ``img_dir/{train,val}/NNNN.jpg`` and label maps to
    ``ann_dir/{train,val}/NNNN.png`` (8-bit, label values as in ``CLASSES``).
    A picture depends on nothing but ``seed``, its split and its number: a
    larger data set begins with the pictures of a smaller one. After an
    interruption, the same call continues where the first one stopped.

    Args:
        out_dir: Folder to fill; created if absent.
        num_train: Number of training pictures, 1 or more. Default: 2000.
        num_val: Number of validation pictures, 1 or more. Default: 200.
        size: Width and height in pixels, 64 or more. Default: 160.
        seed: Seed of the pictures, 0 or more. Default: 0.
        show_progress: Whether to show a progress bar. Default: True.

    Returns:
        Whether pictures were written: False if ``out_dir`` was complete.

    Raises:
        ValueError: If a number is too small.
        FileExistsError: If ``out_dir`` holds other files, or shapes that
            were made with other parameters.
        OSError: If a file cannot be written.
    """
    _check_minimum('num_train', num_train, 1)
    _check_minimum('num_val', num_val, 1)
    _check_minimum('size', size, _MIN_SIZE)
    _check_minimum('seed', seed, 0)
    folder = Path(out_dir)
    counts = {'train': num_train, 'val': num_val}
    _prepare_folder(
        folder,
        {'version': _VERSION, 'seed': seed, 'size': size, 'counts': counts},
    )
    missing = [
        (split, index)
        for split in SPLITS
        for index in range(counts[split])
        if not all(path.is_file() for path in _paths(folder, split, index))
    ]
    for split, index in track(
        missing, description='Drawing shapes', disable=not show_progress
    ):
        image, labels = draw_picture(seed, split, index, size)
        image_path, label_path = _paths(folder, split, index)
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        _write_image(image_path, bgr, *_JPEG_OPTIONS)
        _write_image(label_path, labels)
    return bool(missing)


def _check_minimum(name: str, value: int, minimum: int) -> None:
    if value < minimum:
        raise ValueError(f'{name} is {value}; it must be {minimum} or more.')


def _prepare_folder(folder: Path, parameters: dict[str, Any]) -> None:
    """Create folders and manifest, or check those of an earlier call."""
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(
            f'{folder} is a file; name a folder for the shapes data set.'
        )
    manifest = folder / MANIFEST
    if manifest.is_file():
        try:
            found = json.loads(manifest.read_text(encoding='utf-8'))
        except ValueError as error:
            raise FileExistsError(
                f'{manifest} is not readable ({error}); delete {folder} and '
                'generate it again.'
            ) from error
        if found != parameters:
            raise FileExistsError(
                f'{folder} holds shapes made with other parameters ({found}, '
                f'wanted {parameters}); delete it or name another folder.'
            )
    elif folder.exists() and any(folder.iterdir()):
        raise FileExistsError(
            f'{folder} is not empty and holds no shapes data set (no '
            f'{MANIFEST}); name a new or an empty folder.'
        )
    else:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(parameters, indent=2) + '\n'
        atomic_write_text(manifest, text)
    for split in SPLITS:
        for path in _paths(folder, split, 0):
            path.parent.mkdir(parents=True, exist_ok=True)


def _paths(folder: Path, split: str, index: int) -> tuple[Path, Path]:
    """Return the paths of an image and its label map."""
    return (
        folder / 'img_dir' / split / f'{index:04d}.jpg',
        folder / 'ann_dir' / split / f'{index:04d}.png',
    )


def _write_image(path: Path, pixels: np.ndarray, *options: int) -> None:
    with atomic_write(path) as partial:
        # On failure, OpenCV returns False and raises nothing.
        if not cv2.imwrite(str(partial), pixels, options):
            raise OSError(f'{path} could not be written; is the disk full?')
