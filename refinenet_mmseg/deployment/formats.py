"""File formats of exported programs: suffixes, packages and metadata."""

import json
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import torch
from torch.torch_version import TorchVersion

from ..compat.requirements import import_extra

SUFFIXES = {'onnx': '.onnx', 'torch-export': '.pt2'}
FORMATS = tuple(SUFFIXES)
OLDEST_TORCH = '2.6'
# The file within a .pt2 that holds its metadata
METADATA_FILE = 'metadata.json'

Metadata = dict[str, Any]


def import_deploy(name: str) -> ModuleType:
    """Import a module of the extra ``deploy``.

    Args:
        name: Its name, such as ``onnxruntime.quantization``.

    Raises:
        ImportError: If its package is missing.
    """
    return import_extra(name, 'deploy')


def check_torch() -> None:
    """Check that torch can export networks for any image size.

    Raises:
        ImportError: If torch is too old.
    """
    if TorchVersion(torch.__version__) < OLDEST_TORCH:
        raise ImportError(
            f'export needs torch {OLDEST_TORCH} or newer, this is '
            f'{torch.__version__}'
        )


def encode_metadata(metadata: Metadata) -> dict[str, str]:
    """Encode each value as JSON: ONNX metadata are strings."""
    return {key: json.dumps(value) for key, value in metadata.items()}


def decode_metadata(encoded: Mapping[str, str], file: str) -> Metadata:
    """Decode the metadata of an ONNX file.

    Args:
        encoded: The metadata, as :func:`encode_metadata` returns them.
        file: Name of the file, for the error message.

    Raises:
        ValueError: If this package did not write them.
    """
    if 'refinenet_mmseg' not in encoded:
        raise ValueError(f'{file} was not written by tools/export.py')
    try:
        return {key: json.loads(value) for key, value in encoded.items()}
    except json.JSONDecodeError as error:
        raise ValueError(
            f'{file} has metadata that are no JSON: {error}'
        ) from error


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, truncated."""
    return str(error).strip().partition('\n')[0][:300]
