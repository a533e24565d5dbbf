"""Exported programs: loading and inference."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from .formats import (
    METADATA_FILE,
    SUFFIXES,
    Metadata,
    decode_metadata,
    first_line,
    import_deploy,
)


class LoadedProgram:
    """An exported program, ready to run on the CPU.

    Args:
        name: Name of its file, for error messages.
        metadata: Metadata of the file.
        run: Function from images to logits or labels.
    """

    def __init__(
        self,
        name: str,
        metadata: Metadata,
        run: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        self.name = name
        self.metadata = metadata
        self._run = run

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Segment images.

        Args:
            images: Images of shape (N, 3, H, W), as ``metadata['input']``
                says.

        Returns:
            Logits of shape (N, classes, H, W) or labels of shape (N, H, W).

        Raises:
            ValueError: If the program does not take such images.
        """
        batch_size, _, height, width = images.shape
        shape = (batch_size, height, width)
        traced = (self.metadata['batch_size'], *self.metadata['shape'])
        if not self.metadata['dynamic'] and shape != traced:
            raise ValueError(
                f'{self.name} takes {_describe(traced)} alone, got '
                f'{_describe(shape)}; export with --dynamic, or with '
                f'--shape {height} {width} --batch-size {batch_size}'
            )
        try:
            return self._run(images)
        except Exception as error:
            # onnxruntime's own classes, or a failed guard of torch's
            raise ValueError(
                f'{self.name} cannot take {_describe(shape)}: '
                f'{first_line(error)}'
            ) from error


def _describe(shape: tuple[int, ...]) -> str:
    batch_size, height, width = shape
    images = 'image' if batch_size == 1 else 'images'
    return f'{batch_size} {images} of {height}x{width} pixels'


def load_program(
    path: str | Path, num_threads: int | None = None
) -> LoadedProgram:
    """Load a file that ``export_model`` wrote.

    Args:
        path: An ``.onnx`` or ``.pt2`` file.
        num_threads: Number of onnxruntime's threads. Default: torch's.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If onnxruntime is missing.
        ValueError: If this package did not write it.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'no such file: {path}')
    if path.suffix == SUFFIXES['torch-export']:
        return _load_torch_export(path)
    return _load_onnx(path, num_threads or torch.get_num_threads())


def _load_onnx(path: Path, num_threads: int) -> LoadedProgram:
    onnxruntime = import_deploy('onnxruntime')
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=['CPUExecutionProvider']
        )
    except Exception as error:  # onnxruntime's own classes
        raise ValueError(
            f'onnxruntime cannot load {path}: {first_line(error)}'
        ) from error
    metadata = decode_metadata(
        session.get_modelmeta().custom_metadata_map, path.name
    )

    def run(images: np.ndarray) -> np.ndarray:
        return session.run(None, {'images': images})[0]

    return LoadedProgram(path.name, metadata, run)


def _load_torch_export(path: Path) -> LoadedProgram:
    extra_files = {METADATA_FILE: ''}
    try:
        program = torch.export.load(str(path), extra_files=extra_files)
        metadata = json.loads(extra_files[METADATA_FILE])
    except (RuntimeError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(
            f'{path} is no program that tools/export.py wrote: '
            f'{first_line(error)}'
        ) from error
    module = program.module()

    def run(images: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return module(torch.from_numpy(images)).numpy()

    return LoadedProgram(path.name, metadata, run)


def make_input(image: np.ndarray, metadata: Metadata) -> np.ndarray:
    """Make the input of a program from one image.

    Args:
        image: An RGB array of shape (H, W, 3), in unsigned 8 bit.
        metadata: Metadata of the program.

    Returns:
        An array of shape (1, 3, H, W), normalized if the program takes
        normalized images.
    """
    if metadata['input'] == 'normalized float32 images':
        image = normalize(image, metadata)
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None])


def normalize(image: np.ndarray, metadata: Metadata) -> np.ndarray:
    """Normalize an image.

    Args:
        image: An RGB array of shape (H, W, 3), in unsigned 8 bit.
        metadata: Metadata of the program.

    Returns:
        A float32 array of shape (H, W, 3), in the network's channel order.
    """
    if metadata['channel_order'] == 'BGR':
        image = image[:, :, ::-1]
    mean, std = np.float32(metadata['mean']), np.float32(metadata['std'])
    return (image.astype(np.float32) - mean) / std
