"""Loading that names the file that is damaged or cannot be what it should be.

mmcv's and mmseg's own steps take what is left of a cut JPEG for the whole of
it, and label maps of other sizes, several channels or 16 bits as they are.
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
MAX_LABEL = np.iinfo(np.uint8).max
IGNORED_16_BIT = 65535  # mmseg makes 255 of it


@TRANSFORMS.register_module()
class StrictLoadImageFromFile(LoadImageFromFile):
    """Load an image, or name the file that is none.

    Refuses a JPEG whose end is missing, or zeros as after a crash; OpenCV
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
            OSError: If it is no whole image; it names the file.
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
    """Load a label map, or name the file that cannot be the image's.

    Refuses a label map of another size than its image, in several channels,
    as a JPEG, or with values beyond 8 bits, of which mmseg takes the lower 8.

    Args:
        kwargs: As mmseg's ``LoadAnnotations``.
    """

    def transform(self, results: dict) -> dict:
        """Load the label map; pass on an image that no data set has given.

        mmseg's ``inference_model`` and ``MMSegInferencer`` take the step that
        loads labels out of a pipeline only where it has mmseg's own name.

        Args:
            results: Information on the sample, with ``seg_map_path``.

        Returns:
            ``results`` with ``gt_seg_map``, of shape (H, W).

        Raises:
            FileNotFoundError: If there is no such file.
            OSError: If it cannot be read; it names the file.
            ValueError: If it is not the image's; it names both files.
        """
        if 'seg_map_path' not in results and 'seg_fields' not in results:
            return results
        return super().transform(results)

    def _load_seg_map(self, results: dict) -> None:
        path = results['seg_map_path']
        try:
            super()._load_seg_map(results)
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
            # One a pixel high or wide has lost that axis.
            labels = results['gt_seg_map'] = labels.reshape(file_size or size)
        if size is not None:
            _check_size(labels, tuple(size), results)


def _has_end(content: bytes) -> bool:
    """Return whether a JPEG's data are followed by the marker of their end.

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


def _check_format(path: str) -> tuple[int, int] | None:
    """Refuse what cannot hold labels, of files that Pillow can open.

    Returns:
        The height and width; None where Pillow cannot open the file.
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
        if image.mode in LABEL_MODES:
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
            f'the label map {path} is of {_width_by_height(labels.shape)} '
            f'pixels, its image {results.get("img_path")} of '
            f'{_width_by_height(size)} (width x height, upright as its EXIF '
            'tag says); the two do not belong together'
        )


def _width_by_height(size: tuple[int, ...]) -> str:
    return f'{size[1]}x{size[0]}'
