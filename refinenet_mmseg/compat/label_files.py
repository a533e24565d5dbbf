"""Label maps that are damaged, or not those of their image."""

import functools
from pathlib import Path

import numpy as np
from mmseg.datasets.transforms import LoadAnnotations
from PIL import Image

WHOLE_MODES = ('1', 'L', 'P')
MAX_LABEL = 255
IGNORED_16_BIT = 65535  # of which mmseg makes 255


def refuse_wrong_label_maps() -> None:
    """Name the label map that cannot be what it should be.

    What: a damaged label map ends in an error that names no file. One of
    another size than its image, in several channels or as a JPEG is taken as
    it is, and of values beyond 255 the lower 8 bits. One that is a pixel high
    or wide loses that axis.
    Where: mmsegmentation, ``datasets/transforms/loading.py``,
    ``LoadAnnotations``; seen in 1.2.2 and in OneDL's 1.4.2.
    Until: it checks what it has loaded.
    """
    original = LoadAnnotations._load_seg_map

    @functools.wraps(original)
    def load_seg_map(self: LoadAnnotations, results: dict) -> None:
        path = results['seg_map_path']
        try:
            original(self, results)
        except (AssertionError, FileNotFoundError):  # of the settings
            raise
        except Exception as error:
            reason = ' '.join(str(error).split()) or repr(error)
            raise OSError(
                f'cannot read the label map {path}: {reason}'
            ) from error
        size = results.get('ori_shape')
        file_size = _check_format(path)
        labels = results['gt_seg_map']
        if labels.ndim < 2 and (file_size or size):
            labels = results['gt_seg_map'] = labels.reshape(file_size or size)
        if size is not None:
            _check_size(labels, tuple(size), results)

    LoadAnnotations._load_seg_map = load_seg_map


def _check_format(path: str) -> tuple[int, int] | None:
    """Refuse what cannot hold labels, of files that can be opened here.

    Returns:
        The height and width, if they can be told.
    """
    if not Path(path).is_file():
        return None
    try:
        image = Image.open(path)
    # of a format that another backend knows, or larger than Pillow likes
    except (OSError, Image.DecompressionBombError):
        return None
    with image:
        if image.format == 'JPEG':
            raise ValueError(
                f'the label map {path} is a JPEG, which changes values; save '
                'label maps as PNG'
            )
        if image.mode in WHOLE_MODES:
            return image.height, image.width
        values: np.ndarray = np.asarray(image)
    values = values[values != IGNORED_16_BIT]
    if values.size and (values.min() < 0 or values.max() > MAX_LABEL):
        raise ValueError(
            f'the label map {path} has values from {values.min()} to '
            f'{values.max()}; labels have 8 bits, 0 to {MAX_LABEL}'
        )
    return image.height, image.width


def _check_size(
    labels: np.ndarray, size: tuple[int, ...], results: dict
) -> None:
    path = results['seg_map_path']
    if labels.ndim != 2:
        raise ValueError(
            f'the label map {path} has the shape {labels.shape} rather than '
            '(H, W); save one channel of class indices'
        )
    if labels.shape != size:
        raise ValueError(
            f'the label map {path} is of {_name(labels.shape)} pixels, its '
            f'image {results.get("img_path")} of {_name(size)} (width x '
            'height, upright as its EXIF tag says); the two do not belong '
            'together'
        )


def _name(size: tuple[int, ...]) -> str:
    return f'{size[1]}x{size[0]}'
