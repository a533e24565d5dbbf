"""Where the configs are that come with the package."""

from pathlib import Path

from mmengine.config import Config


def config_path(name: str) -> str:
    """Find a config of this package, for a ``_base_`` or a tool.

    ``_base_ = __import__('refinenet_mmseg').config_path('refinenet/X.py')``
    works under any tool, mmseg's own included, which read the bases of a
    config before they import anything.

    Args:
        name: Path below ``configs/``, such as
            ``refinenet/refinenet_r50_4xb4-20k_voc12aug-512x512.py``.

    Returns:
        The absolute path of the file.

    Raises:
        FileNotFoundError: If there is no such config.
    """
    root = _config_root()
    path = root / name
    if not path.is_file():
        near = sorted(
            str(other.relative_to(root))
            for other in root.glob(f'*/{Path(name).parent.name}/*.py')
        ) or sorted(
            str(other.relative_to(root))
            for other in (root / name).parent.glob('*.py')
        )
        raise FileNotFoundError(
            f'refinenet_mmseg has no config {name!r}; there are: '
            f'{", ".join(near) or "none in that folder"}'
        )
    return str(path)


def read_config(path: str | Path) -> Config:
    """Read a config file.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no Python: mmengine's error names no file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'There is no config {path}')
    try:
        return Config.fromfile(path)
    except SyntaxError as error:
        raise ValueError(
            f'{path}, or a base of it, is no Python: {error}'
        ) from error


def _config_root() -> Path:
    """Find ``configs/``: packed into a wheel, or beside the package."""
    package = Path(__file__).resolve().parent
    packed = package / '.mim' / 'configs'
    return packed if packed.is_dir() else package.parent / 'configs'
