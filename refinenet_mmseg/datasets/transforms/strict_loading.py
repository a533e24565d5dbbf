"""Strict loading of images and label maps, which names unfit files.

mmcv's and mmseg's own steps load a truncated JPEG as if it were complete, and
accept label maps of other sizes, of several channels or of 16 bits.
"""

from pathlib import Path

import mmcv
import numpy as np
from mmcv.transforms import LoadImageFromFile
from mmengine import fileio
from mmseg.datasets.transforms import LoadAnnotations
from mmseg.registry import TRANSFORMS
from PIL import Image

JPEG_START, START_OF_SCAN, END_OF_IMAGE = b'\xff\xd8', 0xDA, b'\xff\xd9'
LABEL_MODES = ('1', 'L', 'P')  # Pillow's, of 8 bits or less in one channel
# Pillow's names of gray PNGs of 2 and 4 bits
SCALED = ('L;2', 'L;4')
MAX_LABEL = np.iinfo(np.uint8).max
IGNORED_16_BIT = 65535  # mmseg converts it to 255


@TRANSFORMS.register_module()
class StrictLoadImageFromFile(LoadImageFromFile):
    """Load an image, and name the file if it is damaged.

    A JPEG whose end is missing, or zero after a crash, is refused; OpenCV
    reads it as an image that is gray from there on.

    Args:
        kwargs: As mmcv's ``LoadImageFromFile``.
    """

    def transform(self, results: dict) -> dict | None:
        """Load the image.

        Args:
            results: Information on the sample, with ``img_path``.

        Returns:
            ``results`` with ``img``, of shape (H, W, C), ``img_shape`` and
            ``ori_shape``; None for a damaged file with ``ignore_empty``.

        Raises:
            FileNotFoundError: If there is no such file.
            OSError: If it is not a complete image; the message names the file.
        """
        path = results['img_path']
        try:
            content = bytes(self._read(path))
            if content.startswith(JPEG_START) and not _has_end(content):
                raise OSError('the JPEG data end too early')
            image = mmcv.imfrombytes(
                content, flag=self.color_type, backend=self.imdecode_backend
            )
            if image is None:
                raise OSError('no image in a format that can be read')
        except Exception as error:
            if self.ignore_empty:
                return None
            if isinstance(error, FileNotFoundError):
                raise
            reason = ' '.join(str(error).split()) or repr(error)
            raise OSError(f'cannot read the image {path}: {reason}') from error
        results['img'] = image.astype(np.float32) if self.to_float32 else image
        results['img_shape'] = results['ori_shape'] = image.shape[:2]
        return results

    def _read(self, path: str) -> bytes:
        if self.file_client_args is not None:
            client = fileio.FileClient.infer_client(
                self.file_client_args, path
            )
            return client.get(path)
        return fileio.get(path, backend_args=self.backend_args)


@TRANSFORMS.register_module()
class StrictLoadAnnotations(LoadAnnotations):
    """Load a label map, and name the file if it does not fit its image.

    A label map of another size than its image, of several channels, in JPEG
    format, or with values beyond 8 bits, which mmseg truncates, is refused.

    Args:
        kwargs: As mmseg's ``LoadAnnotations``.
    """

    def transform(self, results: dict) -> dict:
        """Load the label map, unless the image is not from a data set.

        mmseg's ``inference_model`` and ``MMSegInferencer`` remove the step
        that loads labels from a pipeline only if it has mmseg's own name.

        Args:
            results: Information on the sample, with ``seg_map_path``.

        Returns:
            ``results`` with ``gt_seg_map``, of shape (H, W).

        Raises:
            FileNotFoundError: If there is no such file.
            OSError: If it cannot be read; the message names the file.
            ValueError: If it does not fit the image; the message names both
                files.
        """
        if 'seg_map_path' not in results and 'seg_fields' not in results:
            return results
        return super().transform(results)

    def _load_seg_map(self, results: dict) -> None:
        path = results['seg_map_path']
        try:
            super()._load_seg_map(results)
        except (
            AssertionError,
            FileNotFoundError,
        ):  # wrong arguments of the step
            raise
        except Exception as error:
            reason = ' '.join(str(error).split()) or repr(error)
            raise OSError(
                f'cannot read the label map {path}: {reason}'
            ) from error
        size = results.get('ori_shape')
        shape = _check_format(path) or size
        labels = results['gt_seg_map']
        if labels.ndim < 2 and shape and labels.size == shape[0] * shape[1]:
            # A label map one pixel high or wide has lost that axis.
            labels = results['gt_seg_map'] = labels.reshape(shape)
        if size is not None:
            _check_size(labels, tuple(size), results)


def _has_end(content: bytes) -> bool:
    """Return whether the data of a JPEG are followed by the end marker.

    Segments before the data are skipped by their lengths, since the thumbnail
    in the EXIF data has its own end marker. Files with other segments are left
    to the decoder.
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


def _check_format(path: str) -> tuple[int, int] | None:
    """Check the format of a label map, if Pillow can open the file.

    Returns:
        The height and width; None where Pillow cannot open the file.
    """
    if not Path(path).is_file():
        return None
    try:
        image = Image.open(path)
    # A format of another backend, or an image above Pillow's size limit.
    except (OSError, Image.DecompressionBombError):
        return None
    with image:
        if image.format == 'JPEG':
            raise ValueError(
                f'the label map {path} is a JPEG, which changes values; save '
                'label maps as PNG'
            )
        if image.mode == 'L' and image.tile and image.tile[0][3] in SCALED:
            raise ValueError(
                f'the label map {path} is a gray image of 2 or 4 bits, whose '
                'values decoders scale to 0 to 255; save it in 8 bits'
            )
        if image.mode in LABEL_MODES:
            return image.height, image.width
        values: np.ndarray = np.asarray(image)
    values = values[values != IGNORED_16_BIT]
    if values.dtype.kind == 'f' and not np.array_equal(values, values.round()):
        raise ValueError(
            f'the label map {path} has values that are not whole numbers; '
            'save class indices in 8 bits'
        )
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
            f'the label map {path} is of {_width_by_height(labels.shape)} '
            f'pixels, its image {results.get("img_path")} of '
            f'{_width_by_height(size)} (width x height, upright as its EXIF '
            'tag says); the two do not belong together'
        )


def _width_by_height(size: tuple[int, ...]) -> str:
    return f'{size[1]}x{size[0]}'
