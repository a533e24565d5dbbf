"""Images for a program: read, resized where it takes one size, normalized."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ..inference.drawing import read_image
from ..inference.predict import IMAGE_SUFFIXES
from .metadata import Metadata


def find_images(sources: Sequence[str | Path]) -> list[Path]:
    """List images, and those in folders.

    Args:
        sources: Image files and folders.

    Raises:
        FileNotFoundError: If one is missing.
        ValueError: If a folder has no images.
    """
    found: list[Path] = []
    for source in map(Path, sources):
        if source.is_dir():
            inside = sorted(
                path
                for path in source.iterdir()
                if path.suffix.lower() in IMAGE_SUFFIXES
            )
            if not inside:
                names = ', '.join(IMAGE_SUFFIXES)
                raise ValueError(f'no {names} file in {source}')
            found += inside
        elif source.is_file():
            found.append(source)
        else:
            raise FileNotFoundError(f'no such image or folder: {source}')
    return found


def read_rgb(path: Path) -> np.ndarray:
    """Read an image, of shape (H, W, 3), RGB, unsigned 8 bit.

    Raises:
        ValueError: If it cannot be read.
    """
    image = read_image(path)
    if image is None:
        raise ValueError(f'cannot read the image {path}')
    return image


def resize_to(image: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Resize an image of shape (H, W, 3) bilinearly.

    Args:
        image: RGB, unsigned 8 bit.
        shape: The new height and width, in pixels.
    """
    size = (shape[1], shape[0])
    return np.asarray(
        Image.fromarray(image).resize(size, Image.Resampling.BILINEAR)
    )


def make_input(image: np.ndarray, metadata: Metadata) -> np.ndarray:
    """Make the input of a program from one image.

    Args:
        image: RGB, of shape (H, W, 3), unsigned 8 bit.
        metadata: What the program's file says.

    Returns:
        An array of shape (1, 3, H, W), as the program takes it.
    """
    if metadata['input'].startswith('normalized'):
        image = normalize(image, metadata)
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None])


def normalize(image: np.ndarray, metadata: Metadata) -> np.ndarray:
    """Normalize an RGB image of shape (H, W, 3), in the network's order."""
    if metadata['channel_order'] == 'BGR':
        image = image[:, :, ::-1]
    mean, std = np.float32(metadata['mean']), np.float32(metadata['std'])
    return (image.astype(np.float32) - mean) / std
