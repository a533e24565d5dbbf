"""Run an exported file, whatever its format."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from .metadata import Metadata, from_text
from .optional import need
from .torch_export import METADATA_FILE

SUFFIXES = {'onnx': '.onnx', 'torch-export': '.pt2'}


class LoadedProgram:
    """An exported program, ready to run on the CPU.

    Args:
        name: Its file, for messages.
        metadata: What the file says about it.
        run: Takes images and returns logits or labels.
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

    def check_shape(self, batch_size: int, height: int, width: int) -> None:
        """Raise if images of this number and size cannot be taken.

        Args:
            batch_size: Number of images.
            height: Their height, in pixels.
            width: Their width, in pixels.

        Raises:
            ValueError: If the program was traced for others.
        """
        expected = (self.metadata['batch_size'], *self.metadata['shape'])
        given = (batch_size, height, width)
        if not self.metadata['dynamic'] and given != expected:
            raise ValueError(
                f'{self.name} takes {_describe(expected)} alone, got '
                f'{_describe(given)}; export with --dynamic, or with '
                f'--shape {height} {width} --batch-size {batch_size}'
            )

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Segment images.

        Args:
            images: Of shape (N, 3, H, W), as the metadata's ``input`` says.

        Returns:
            Logits of shape (N, classes, H, W) or labels of shape (N, H, W).

        Raises:
            ValueError: If the program does not take such images.
        """
        number, _, height, width = images.shape
        self.check_shape(number, height, width)
        try:
            return self._run(images)
        except Exception as error:
            # onnxruntime's own classes, or a failed guard of torch's
            first = str(error).strip().partition('\n')[0][:300]
            raise ValueError(
                f'{self.name} cannot take '
                f'{_describe((number, height, width))}: {first}'
            ) from error


def load_program(
    path: str | Path, num_threads: int | None = None
) -> LoadedProgram:
    """Load a file that ``export`` wrote.

    Args:
        path: An ``.onnx`` or ``.pt2`` file.
        num_threads: Threads that onnxruntime may use. Default: torch's.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If onnxruntime is missing.
        ValueError: If it is none of this package's.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'no such file: {path}')
    if path.suffix == SUFFIXES['torch-export']:
        return _load_torch_export(path)
    return _load_onnx(path, num_threads or torch.get_num_threads())


def _load_onnx(path: Path, num_threads: int) -> LoadedProgram:
    onnxruntime = need('onnxruntime')
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=['CPUExecutionProvider']
        )
    except Exception as error:  # onnxruntime's own classes
        raise ValueError(
            f'onnxruntime cannot load {path}: {str(error)[:300]}'
        ) from error
    texts = session.get_modelmeta().custom_metadata_map
    metadata = from_text(texts, path.name)
    name = session.get_inputs()[0].name
    return LoadedProgram(
        path.name,
        metadata,
        lambda images: session.run(None, {name: images})[0],
    )


def _load_torch_export(path: Path) -> LoadedProgram:
    files = {METADATA_FILE: ''}
    try:
        module = torch.export.load(str(path), extra_files=files).module()
        metadata = json.loads(files[METADATA_FILE])
    except (RuntimeError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(
            f'{path} is no program that tools/export.py wrote: '
            f'{str(error)[:300]}'
        ) from error

    def run(images: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return module(torch.from_numpy(images)).numpy()

    return LoadedProgram(path.name, metadata, run)


def _describe(shape: tuple[int, ...]) -> str:
    number, height, width = shape
    return f'{number} image{"s"[: number > 1]} of {height}x{width} pixels'
