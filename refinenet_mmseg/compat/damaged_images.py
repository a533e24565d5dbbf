"""Images that are cut off, or that cannot be read."""

import functools
from typing import Any

import mmcv
import numpy as np
from mmcv.image import io
from mmcv.transforms import LoadImageFromFile

JPEG_START, START_OF_SCAN, END_OF_IMAGE = b'\xff\xd8', 0xDA, b'\xff\xd9'


def refuse_cut_images() -> None:
    """Never take what is left of a JPEG image for the whole of it.

    What: a file whose end is missing, or zeros after a crash, is read as an
    image that is gray from there on.
    Where: OpenCV, ``imdecode``: the end filled with zeros in 5.0; before,
    also files that just end. mmcv, ``image/io.py``, takes what it gets.
    Until: OpenCV refuses both.
    """
    original = io.imfrombytes

    @functools.wraps(original)
    def imfrombytes(content: bytes, *args: Any, **kwargs: Any) -> np.ndarray:
        # Some of mmengine's file backends give a memoryview.
        content = bytes(content)
        if content.startswith(JPEG_START) and not _has_end(content):
            raise OSError('the JPEG data end too early')
        return original(content, *args, **kwargs)

    # Each of them is looked up somewhere: by mmcv.imread, by the transforms.
    for module in (io, mmcv.image, mmcv):
        module.imfrombytes = imfrombytes


def name_damaged_images() -> None:
    """Name the image that could not be read.

    What: an empty file ends in an error of OpenCV's that names no file, one
    that is no image in an ``AssertionError``, or, with ``python -O``, later.
    Where: mmcv, ``transforms/loading.py``, ``LoadImageFromFile``; seen in
    2.1.0 and in OneDL's 2.3.6.
    Until: mmcv's error names the file.
    """
    original = LoadImageFromFile.transform

    @functools.wraps(original)
    def transform(self: LoadImageFromFile, results: dict) -> dict | None:
        try:
            return original(self, results)
        except FileNotFoundError:
            raise
        except Exception as error:
            path = results['img_path']
            reason = ' '.join(str(error).replace(f': {path}', '').split())
            raise OSError(
                f'cannot read the image {path}: {reason or repr(error)}'
            ) from error

    LoadImageFromFile.transform = transform


def _has_end(content: bytes) -> bool:
    """Tell whether a JPEG image's data are followed by the end's marker.

    Segments before the data are skipped by their lengths, since the small
    picture in the EXIF data has an end of its own. What cannot be walked is
    left to the decoder.
    """
    position = len(JPEG_START)
    while position + 4 <= len(content):
        if content[position] != 0xFF:
            return True
        if content[position + 1] == START_OF_SCAN:
            return content.find(END_OF_IMAGE, position) >= 0
        if content[position + 1] == 0xFF:  # a fill byte
            position += 1
            continue
        length = int.from_bytes(content[position + 2 : position + 4], 'big')
        position += 2 + length
    return False
