"""Label maps as small pictures: classes in their colors, errors marked."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

IGNORED = 255
# Pale where right and dark where wrong: their lightness tells them apart.
RIGHT, WRONG = (218, 226, 232), (196, 45, 18)
# What is not labeled: many data sets give a class a plain gray.
STRIPES = ((245, 245, 245), (150, 150, 150))
STRIPE_WIDTH = 4  # pixels


def read_label_map(
    path: Path, num_classes: int, reduce_zero_label: bool = False
) -> np.ndarray:
    """Read the labels of an image.

    Args:
        path: A PNG of a single channel, 8 bits a pixel.
        num_classes: Values from here on are no class.
        reduce_zero_label: Whether 0 is no class and the others count from 0.
            Default: False.

    Returns:
        Labels of shape (H, W); ``IGNORED`` where there is none.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is another kind of file.
    """
    try:
        with Image.open(path) as image:
            if image.mode not in ('L', 'P'):
                raise ValueError(
                    f'{path} is no label map: its mode is {image.mode}, '
                    'expected a single channel of 8 bits'
                )
            labels = np.array(image)
    except FileNotFoundError:
        raise FileNotFoundError(f'there is no label map {path}') from None
    except OSError as error:
        raise ValueError(f'cannot read the label map {path}') from error
    if reduce_zero_label:
        labels = labels - np.uint8(1)  # 0 becomes 255
    labels[labels >= num_classes] = IGNORED
    return labels


def encode_labels(labels: np.ndarray, palette: Sequence[Sequence[int]]) -> str:
    """Draw labels in the colors of their classes.

    Args:
        labels: Labels of shape (H, W).
        palette: Red, green and blue of each class.

    Returns:
        A data URI.
    """
    return _encode(labels, labels == IGNORED, palette)


def encode_errors(labels: np.ndarray, truth: np.ndarray) -> str:
    """Draw where a prediction is wrong.

    Args:
        labels: Predicted labels of shape (H, W).
        truth: True labels of the same shape.

    Returns:
        A data URI.
    """
    wrong = (labels != truth).astype(np.uint8)
    return _encode(wrong, truth == IGNORED, [RIGHT, WRONG])


def encode_photo(path: Path) -> tuple[str, tuple[int, int]]:
    """Make a photo small.

    Args:
        path: The image.

    Returns:
        A data URI, and the height and width.

    Raises:
        ValueError: If it is no image.
    """
    stream = io.BytesIO()
    try:
        with Image.open(path) as image:
            image.convert('RGB').save(stream, 'WEBP', quality=82)
            size = image.height, image.width
    except OSError as error:
        raise ValueError(f'cannot read the image {path}') from error
    return _data_uri(stream, 'webp'), size


def share_right(labels: np.ndarray, truth: np.ndarray) -> float | None:
    """Measure the share of labeled pixels that are right, in percent.

    Args:
        labels: Predicted labels of shape (H, W).
        truth: True labels of the same shape.

    Returns:
        None where nothing is labeled.
    """
    counted = truth != IGNORED
    if not counted.any():
        return None
    return 100 * float((labels == truth)[counted].mean())


def _encode(
    labels: np.ndarray, striped: np.ndarray, palette: Sequence[Sequence[int]]
) -> str:
    rows, columns = np.indices(labels.shape, np.uint16)
    stripe = (rows + columns) // STRIPE_WIDTH % 2
    indices = np.where(striped, len(palette) + stripe, labels)
    image = Image.fromarray(indices.astype(np.uint8))
    colors = [*palette, *STRIPES]
    image.putpalette(bytes(value for color in colors for value in color))
    stream = io.BytesIO()
    bits = next(b for b in (1, 2, 4, 8) if len(colors) <= 2**b)
    image.save(stream, 'PNG', optimize=True, bits=bits)
    return _data_uri(stream, 'png')


def _data_uri(stream: io.BytesIO, kind: str) -> str:
    content = base64.b64encode(stream.getvalue()).decode()
    return f'data:image/{kind};base64,{content}'
