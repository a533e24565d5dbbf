"""The images that a server has the labels of."""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from .targets import Target


class ImageFile(NamedTuple):
    """A test image.

    Args:
        path: Its file.
        size: Width and height as stored, whatever its EXIF tag says.
    """

    path: Path
    size: tuple[int, int]

    @property
    def name(self) -> str:
        """Its name without suffix, which its label map shares."""
        return self.path.stem


def find_images(
    target: Target, folder: str | Path, trial: bool = False
) -> list[ImageFile]:
    """Find the test images of a server.

    Args:
        target: What the server wants.
        folder: Folder of the images, subfolders included. Where the data set
            lists its test images, only those are taken.
        trial: Whether another number and other sizes than the server's will
            do, to try things out. Default: False.

    Returns:
        The images, by name.

    Raises:
        FileNotFoundError: If there is no such folder, or a listed image is
            missing.
        OSError: If a file is no image.
        ValueError: If these are not the server's test images.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(
            f'no folder {folder} of test images; name it by --images'
        )
    paths = _find_files(target, folder)
    if not paths:
        raise ValueError(
            f'no {target.image_suffix} file in {folder}; name the folder of '
            f'the test images of {target.title} by --images'
        )
    for path in paths:
        if not re.fullmatch(target.stem, path.stem):
            raise ValueError(
                f'{path} is no test image of {target.title}: its name does '
                f'not match {target.stem}; name the folder of the test images '
                'by --images'
            )
    names = Counter(path.stem for path in paths)
    twice = [path for path in paths if names[path.stem] > 1]
    if twice:
        raise ValueError(
            f'{twice[0]} and {twice[1]} would share a label map; remove one'
        )
    if len(paths) != target.num_images and not trial:
        raise ValueError(
            f'{len(paths):,} images in {folder}, {target.num_images:,} in the '
            f'test split of {target.title}; complete the download, name its '
            'folder by --images, or try things out on these with --trial'
        )
    images = [ImageFile(path, _read_size(path)) for path in paths]
    for image in images:
        if target.image_size not in (None, image.size) and not trial:
            raise ValueError(
                f'{image.path} has {_describe(image.size)} pixels, not '
                f'{_describe(target.image_size)}; use the original images, '
                'or try things out on these with --trial'
            )
    return images


def _find_files(target: Target, folder: Path) -> list[Path]:
    """List the images, those that the data set lists where it does."""
    names = target.image_list and folder / target.image_list
    if not names or not names.is_file():
        found = folder.rglob(f'*{target.image_suffix}')
        return sorted(found, key=lambda path: path.name)
    stems = sorted(names.read_text().split())
    paths = [folder / f'{stem}{target.image_suffix}' for stem in stems]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise FileNotFoundError(
            f'{folder} lacks {len(missing):,} of the {len(paths):,} images '
            f'that {names} lists, {missing[0]} among them; complete the '
            'download'
        )
    return paths


def _read_size(path: Path) -> tuple[int, int]:
    try:
        with Image.open(path) as image:
            return image.size
    except (OSError, SyntaxError) as error:  # what Pillow raises on damage
        raise OSError(
            f'cannot read the image {path}; download it again'
        ) from error


def _describe(size: tuple[int, int]) -> str:
    return '{}x{}'.format(*size)
