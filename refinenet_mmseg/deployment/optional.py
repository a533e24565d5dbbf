"""Packages that only deployment needs."""

import importlib
from types import ModuleType

import torch
from torch.torch_version import TorchVersion

OLDEST_TORCH = '2.6'


def need(name: str) -> ModuleType:
    """Import a package of the extra ``deploy``.

    Args:
        name: Such as ``onnxruntime``.

    Raises:
        ImportError: If it is missing.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f'{name.partition(".")[0]} is missing ({error}): '
            "pip install '.[deploy]' in a clone of refinenet_mmseg"
        ) from error


def check_torch() -> None:
    """Raise if torch cannot export networks for any size.

    Raises:
        ImportError: If torch is too old.
    """
    if TorchVersion(torch.__version__) < OLDEST_TORCH:
        raise ImportError(
            f'export needs torch {OLDEST_TORCH} or newer, this is '
            f'{torch.__version__}'
        )
