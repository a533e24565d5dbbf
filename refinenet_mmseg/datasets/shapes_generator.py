"""Files of the shapes data set: a folder in mmseg's layout."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
from rich.progress import track

from .shapes_drawing import SPLITS, draw_picture

MANIFEST = 'shapes.json'
"""File that says with which parameters a folder was made; written last."""

_UNFINISHED = 'shapes.unfinished.json'
_VERSION = 1
# Smaller pictures have no room for a ring and its hole.
_LEAST_SIZE = 64
# Sharp color edges need a picture without chroma subsampling. At this
# quality it takes a third of a PNG's space.
_JPEG_OPTIONS = [
    cv2.IMWRITE_JPEG_QUALITY,
    95,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
]


def generate_shapes_dataset(
    out_dir: str | os.PathLike,
    num_train: int = 2000,
    num_val: int = 200,
    size: int = 160,
    seed: int = 0,
    show_progress: bool = True,
) -> bool:
    """Write the shapes data set, unless it is there already.

    Images go to ``img_dir/{train,val}/NNNN.jpg`` and label maps to
    ``ann_dir/{train,val}/NNNN.png`` (8-bit, label values as in
    ``shapes_outlines.CLASSES``). A picture depends on ``seed``, its part and
    its number alone: a larger data set begins with the smaller one's. A call
    that was interrupted is made up for by the same call again.

    Args:
        out_dir: Folder to fill; made if absent.
        num_train: Number of training pictures, 1 or more. Defaults to 2000.
        num_val: Number of validation pictures, 1 or more. Defaults to 200.
        size: Width and height in pixels, 64 or more. Defaults to 160.
        seed: Seed of the pictures, 0 or more. Defaults to 0.
        show_progress: Whether to show a progress bar. Defaults to True.

    Returns:
        Whether pictures were written: False if ``out_dir`` was complete.

    Raises:
        ValueError: If a number is too small.
        FileExistsError: If ``out_dir`` holds other files, or shapes that
            were made with other parameters.
    """
    _check_numbers(num_train, num_val, size, seed)
    folder = Path(out_dir)
    counts = {'train': num_train, 'val': num_val}
    parameters = {
        'version': _VERSION,
        'seed': seed,
        'size': size,
        'counts': counts,
    }
    _check_folder(folder, parameters)
    if (folder / MANIFEST).exists() and _has_all_files(folder, counts):
        return False

    for split in SPLITS:
        _image_path(folder, split, 0).parent.mkdir(parents=True, exist_ok=True)
        _label_path(folder, split, 0).parent.mkdir(parents=True, exist_ok=True)
    # The manifest takes its name only when all pictures are there.
    unfinished = folder / _UNFINISHED
    unfinished.write_text(json.dumps(parameters, indent=2) + '\n')
    _write_pictures(folder, counts, seed, size, show_progress)
    unfinished.replace(folder / MANIFEST)
    return True


def _check_numbers(num_train: int, num_val: int, size: int, seed: int) -> None:
    for name, value, least in (
        ('num_train', num_train, 1),
        ('num_val', num_val, 1),
        ('size', size, _LEAST_SIZE),
        ('seed', seed, 0),
    ):
        if value < least:
            raise ValueError(f'{name} is {value}; it must be {least} or more.')


def _check_folder(folder: Path, parameters: dict) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FileExistsError(
            f'{folder} is a file; name a folder for the shapes data set.'
        )
    found = _read_parameters(folder)
    if found is None and any(folder.iterdir()):
        raise FileExistsError(
            f'{folder} is not empty and holds no shapes data set (no '
            f'{MANIFEST}); name a new or an empty folder.'
        )
    if found is not None and found != parameters:
        raise FileExistsError(
            f'{folder} holds shapes made with other parameters ({found}, '
            f'wanted {parameters}); delete it or name another folder.'
        )


def _read_parameters(folder: Path) -> dict | None:
    for name in (MANIFEST, _UNFINISHED):
        path = folder / name
        if path.is_file():
            try:
                return json.loads(path.read_text())
            except ValueError as error:
                raise FileExistsError(
                    f'{path} is not readable ({error}); delete {folder} and '
                    'generate it again.'
                ) from error
    return None


def _has_all_files(folder: Path, counts: dict[str, int]) -> bool:
    return all(
        _image_path(folder, split, index).is_file()
        and _label_path(folder, split, index).is_file()
        for split, count in counts.items()
        for index in range(count)
    )


def _image_path(folder: Path, split: str, index: int) -> Path:
    return folder / 'img_dir' / split / f'{index:04d}.jpg'


def _label_path(folder: Path, split: str, index: int) -> Path:
    return folder / 'ann_dir' / split / f'{index:04d}.png'


def _write_pictures(
    folder: Path,
    counts: dict[str, int],
    seed: int,
    size: int,
    show_progress: bool,
) -> None:
    tasks = [
        (split, index)
        for split, count in counts.items()
        for index in range(count)
    ]
    for split, index in track(
        tasks, description='Drawing shapes', disable=not show_progress
    ):
        image, labels = draw_picture(seed, split, index, size)
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        _write(_image_path(folder, split, index), bgr, _JPEG_OPTIONS)
        _write(_label_path(folder, split, index), labels, [])


def _write(path: Path, pixels: np.ndarray, options: list[int]) -> None:
    """Write a picture; OpenCV says by its return value alone if it failed."""
    if not cv2.imwrite(str(path), pixels, options):
        raise OSError(f'{path} could not be written; is the disk full?')
