"""Required packages and their versions, and packages of the extras."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from packaging.version import Version

# Module, first version that works, first version that is not known to work.
SUPPORTED = (
    ('torch', '2.0', None),
    ('mmengine', '0.10.7', '1.0'),
    ('mmcv', '2.0.1', '3.0'),
    ('mmseg', '1.2.2', '2.0'),
)
REMEDY = (
    'Install it with one of the two distributions, from its repository: '
    "pip install '.[onedl]' (maintained), or pip install '.[openmmlab]' "
    '(upstream).'
)


def check_requirements() -> None:
    """Check that torch and OpenMMLab's packages have supported versions.

    Raises:
        ImportError: If one is missing or unsupported; it says what to
            install.
    """
    for name, lowest, highest in SUPPORTED:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            raise ImportError(
                f'refinenet_mmseg needs the module {name!r}, which is not '
                f'installed. {REMEDY}'
            ) from error
        version = Version(module.__version__)
        if version < Version(lowest) or (
            highest is not None and version >= Version(highest)
        ):
            below = f' and below {highest}' if highest else ''
            raise ImportError(
                f'refinenet_mmseg needs {name} {lowest} or newer{below}, '
                f'found {version}. {REMEDY}'
            )


def import_extra(name: str, extra: str) -> ModuleType:
    """Import a module that only an extra of this package installs.

    Args:
        name: Full name of the module, such as ``plotly.offline``.
        extra: Name of the extra.

    Raises:
        ImportError: If the module's package is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f'{name.partition(".")[0]} is missing ({error}): '
            f"pip install '.[{extra}]' in a clone of refinenet_mmseg"
        ) from error


@contextmanager
def missing_timm_explained() -> Iterator[None]:
    """Say what to install, while a model is built, where timm is missing.

    What: mmseg's ``TIMMBackbone`` ends in ``timm is not installed``.
    Where: mmsegmentation, ``models/backbones/timm_backbone.py``; seen in
    1.2.2 and OneDL's 1.4.2.
    Until: it raises an ImportError that names what to install.

    Raises:
        ImportError: If a backbone needs timm and it is not installed.
    """
    try:
        yield
    except RuntimeError as error:
        if 'timm is not installed' in str(error):
            import_extra('timm', 'efficientnet-lite')
        raise
