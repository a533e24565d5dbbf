"""Config files: their paths, reading, strict loading and hashing."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict

from .config_checks import check_config_types

# Loading steps, and the strict ones that refuse damaged and unfit files.
STRICT_LOADING = {
    'LoadImageFromFile': 'mmseg.StrictLoadImageFromFile',
    'mmcv.LoadImageFromFile': 'mmseg.StrictLoadImageFromFile',
    'mmengine.LoadImageFromFile': 'mmseg.StrictLoadImageFromFile',
    'LoadAnnotations': 'mmseg.StrictLoadAnnotations',
    'mmseg.LoadAnnotations': 'mmseg.StrictLoadAnnotations',
}


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


def read_config(
    config: str | Path | Config, cfg_options: dict[str, Any] | None = None
) -> Config:
    """Read a config file, or copy a config that was read.

    Args:
        config: The file, or the config, which is left unchanged.
        cfg_options: Overrides of config keys. Default: None.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read, or a value has the wrong type.
    """
    config = (
        copy.deepcopy(config)
        if isinstance(config, Config)
        else _read_file(config)
    )
    config.merge_from_dict(cfg_options or {})
    check_config_types(config)
    return config


def _read_file(path: str | Path) -> Config:
    """Read a config; mmengine's errors do not name the file."""
    if Path(path).is_dir():
        raise ValueError(f'{path} is a folder: name the config in it')
    if not Path(path).is_file():
        raise FileNotFoundError(f'There is no config {path}')
    try:
        return Config.fromfile(path)
    except SyntaxError as error:
        raise ValueError(
            f'{path}, or a base of it, is not valid Python: {error}'
        ) from error
    except (FileNotFoundError, ImportError, KeyError):
        raise
    except Exception as error:
        raise ValueError(
            f'{path}, or a base of it, cannot be read: '
            f'{type(error).__name__}: {error}'
        ) from error


def use_strict_loading(config: Any) -> Any:
    """Replace the loading steps of a config by strict ones.

    Test pipelines cannot name the strict steps themselves: mmseg's
    ``MMSegInferencer`` looks for ``LoadImageFromFile`` by name.

    Args:
        config: Config of a data set, of a pipeline or of a part of either.

    Returns:
        A copy in which ``LoadImageFromFile`` is ``StrictLoadImageFromFile``
        and ``LoadAnnotations`` is ``StrictLoadAnnotations``, their other
        arguments unchanged.
    """
    if type(config) in (dict, ConfigDict):
        if config.get('_scope_', 'mmseg') != 'mmseg':
            return config  # the steps of another package
        changed = type(config)(
            {key: use_strict_loading(value) for key, value in config.items()}
        )
        kind = changed.get('type')
        if isinstance(kind, type):
            kind = f'{kind.__module__.partition(".")[0]}.{kind.__name__}'
        if isinstance(kind, str) and kind in STRICT_LOADING:
            changed['type'] = STRICT_LOADING[kind]
        return changed
    if type(config) in (list, tuple):
        return type(config)(map(use_strict_loading, config))
    return config


def hash_content(content: Any) -> str:
    """Compute the SHA-256 of the content of a config, in hexadecimal digits.

    Args:
        content: Plain values; dicts with equal items have equal hashes.
    """
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _config_root() -> Path:
    """Return ``configs/``: packed into a wheel, or beside the package."""
    package = Path(__file__).resolve().parent
    packed = package / '.mim' / 'configs'
    return packed if packed.is_dir() else package.parent / 'configs'
