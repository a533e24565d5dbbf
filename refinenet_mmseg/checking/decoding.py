"""The values in a label map, before and after anything maps them."""

import io
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

NUM_VALUES = 256
"""Values of an 8-bit label map."""


class RawLabels(NamedTuple):
    """A label map as it stands in its file.

    Args:
        counts: Pixels of each value, of shape (256,); None where the values
            are no labels.
        fault: Kind of finding, such as ``label_format``; None for none.
        detail: What is to be said about it.
    """

    counts: np.ndarray | None
    fault: str | None = None
    detail: str = ''


def count_values(labels: np.ndarray) -> np.ndarray:
    """Count the pixels of each label value.

    Args:
        labels: Label map of any shape.

    Returns:
        Counts of shape (256,).

    Raises:
        ValueError: If a value is none of 8 bits.
    """
    if labels.dtype != np.uint8:
        least, greatest = labels.min(), labels.max()
        if least < 0 or greatest >= NUM_VALUES:
            raise ValueError(f'loads as values from {least} to {greatest}')
        labels = labels.astype(np.uint8)
    # Unlike numpy's bincount, Pillow lets other threads work meanwhile.
    rows = labels.reshape(len(labels), -1)
    return np.array(Image.fromarray(rows).histogram())


def read_raw_labels(content: bytes) -> RawLabels:
    """Read the values of a label map before anything maps them.

    Args:
        content: The file; one that Pillow does not know is not looked into.

    Raises:
        OSError: If it is cut off.
    """
    try:
        image = Image.open(io.BytesIO(content))
    except UnidentifiedImageError:
        return RawLabels(None)
    if image.format == 'JPEG':
        return RawLabels(
            None, 'label_format', 'JPEG, which changes values: use PNG'
        )
    if len(image.getbands()) > 1:
        return RawLabels(
            None, 'label_format', f'{image.mode}: has several channels'
        )
    if image.mode in ('L', 'P'):
        return RawLabels(np.array(image.histogram()))
    values = np.array(image)
    if image.mode == '1':
        return RawLabels(count_values(values))
    least, greatest = values.min(), values.max()
    if least >= 0 and greatest < NUM_VALUES:
        counts = count_values(values)
        return RawLabels(counts, 'label_depth', f'values up to {greatest}')
    return RawLabels(
        None,
        'label_format',
        f'values from {least} to {greatest}: loading keeps 8 bits of them',
    )
