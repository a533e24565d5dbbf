"""Loading of checkpoints as data: nothing in them is executed.

mmengine loads checkpoints through functions that unpickle any object in a
download (OneDL's also in a file), do not name the file in errors, and accept
the weights of another network with a mere warning.
:func:`checkpoints_as_data` replaces them while it is entered, in the entering
thread only.
"""

import hashlib
import inspect
import pickle
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from textwrap import shorten
from typing import Any
from urllib.error import URLError
from urllib.parse import urlparse

import torch
from mmengine.runner import checkpoint as mmengine_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

from .networks import check_matching_weights
from .safe_globals import restricted_history_globals, supports_named_globals
from .scoped_patch import ScopedPatch

# Parts of torch's messages on a file that is not a pickle.
NOT_A_PICKLE = ('invalid load key', 'Unsupported operand')
# Errors of the machine rather than of the file. A damaged file may cause other
# errors of the operating system.
PASSED_ON = (
    MemoryError,
    torch.cuda.OutOfMemoryError,
    FileNotFoundError,
    PermissionError,
    TimeoutError,
    URLError,
)


class _Trust(threading.local):
    """Whether this thread trusts the checkpoints that it loads."""

    given = False


_trust = _Trust()


class RefusedCheckpointError(pickle.UnpicklingError, ValueError):
    """A checkpoint holds more than data."""


def read_checkpoint(
    path: str | Path,
    map_location: Any = 'cpu',
    trust_checkpoint: bool = False,
) -> Any:
    """Read a checkpoint file that may come from anywhere.

    Tensors, plain Python values and, with torch 2.6 or newer, numpy's numbers
    and mmengine's history of the log are read, in torch's formats of today and
    of before 1.6.

    Args:
        path: The file.
        map_location: As ``torch.load``. Default: ``'cpu'``.
        trust_checkpoint: Whether to load objects that could run code.
            Default: False.

    Raises:
        FileNotFoundError: If there is no such file.
        PermissionError: If it may not be read.
        RefusedCheckpointError: If it holds objects that only code could
            rebuild.
        ValueError: If it is damaged or no checkpoint.
    """
    path = Path(path)
    check_checkpoint_path(path)
    with _named_errors(path):
        if trust_checkpoint:
            content = torch.load(path, map_location, weights_only=False)
        else:
            with restricted_history_globals():
                content = torch.load(path, map_location, weights_only=True)
    _check_mapping(content, path)
    return content


def check_checkpoint_path(path: str | Path) -> None:
    """Check that a checkpoint file is there.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is a folder.
    """
    if Path(path).is_dir():
        raise ValueError(f'{path} is a folder: name the checkpoint in it')
    if not Path(path).is_file():
        raise FileNotFoundError(f'There is no checkpoint {path}')


def _check_mapping(content: Any, source: str | Path) -> None:
    """Check that a checkpoint holds values by name, as do its weights."""
    weights = content
    if isinstance(content, Mapping):
        weights = content.get('state_dict', content)
    if not isinstance(weights, Mapping):
        raise ValueError(
            f'{source} is no checkpoint: where weights and their names should '
            f'be, it holds {shorten(repr(weights), 100)}'
        )


def file_sha256(path: str | Path) -> str:
    """Compute the SHA-256 of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def checkpoints_as_data(trust_checkpoint: bool = False) -> Iterator[None]:
    """Make mmengine load checkpoints as data in this thread.

    This covers files and downloads, through all callers of mmengine's loader:
    ``load_from``, ``--resume``, ``init_cfg.checkpoint`` and backbones. Weights
    of which none fits the network are refused. torch before 2.6 cannot load
    mmengine's own checkpoints as data: there, mmengine unpickles them.

    Args:
        trust_checkpoint: Whether to load objects that could run code, as
            within a context that does. Default: False.

    Raises:
        OSError: From within, if a checkpoint cannot be downloaded.
        ValueError: From within, if a checkpoint is refused or damaged, or its
            weights are those of another network.
    """
    before = _trust.given
    _trust.given = before or trust_checkpoint
    try:
        with _loading.enter():
            yield
    finally:
        _trust.given = before


def load_checkpoints_as_data_everywhere() -> None:
    """Enter :func:`checkpoints_as_data` permanently in all threads."""
    _loading.enter_everywhere()


def _load_checkpoint(
    original: Callable[..., Any],
    cls: type[CheckpointLoader],
    filename: str,
    map_location: Any = None,
    logger: Any = 'current',
) -> Any:
    loader = cls._get_checkpoint_loader(filename)
    is_local = loader is mmengine_checkpoint.load_from_local
    path = Path(filename).expanduser()
    if is_local and path.is_file() and _can_load_as_data():
        return read_checkpoint(path, map_location, _trust.given)
    with _named_errors(path) if is_local else nullcontext():
        content = original(cls, filename, map_location, logger)
    _check_mapping(content, filename)
    return content


def _load_file(
    original: Callable[..., Any],
    file: Any,
    map_location: Any = None,
    weights_only: bool | None = None,
) -> Any:
    if weights_only is False or not _can_load_as_data():
        return original(file, map_location, weights_only)
    if _trust.given:
        return original(file, map_location, False)
    with restricted_history_globals():
        return torch.load(file, map_location, weights_only=True)


def _load_url(
    original: Callable[..., Any], url: str, *args: Any, **kwargs: Any
) -> Any:
    if 'weights_only' in inspect.signature(original).parameters:
        kwargs['weights_only'] = _can_load_as_data() and not _trust.given
    try:
        with restricted_history_globals(), _named_errors(url):
            return original(url, *args, **kwargs)
    except (URLError, TimeoutError) as error:
        folder = kwargs.get('model_dir') or Path(
            torch.hub.get_dir(), 'checkpoints'
        )
        kept = Path(folder, Path(urlparse(url).path).name)
        raise OSError(
            f'Could not download {url} ({error}). Download it elsewhere and '
            f'save it as {kept}, or train from random weights: a config with '
            '-scratch in its name, or --cfg-options KEY=None '
            'model.decode_head.init_cfg=None. KEY is what names the weights '
            'in the config: model.backbone.init_cfg, '
            'model.backbone.backbone.init_cfg where one backbone wraps '
            'another, or model.pretrained'
        ) from error


def _load_state_dict(
    original: Callable[..., Any],
    module: nn.Module,
    state_dict: Mapping[str, Any],
    *args: Any,
    **kwargs: Any,
) -> None:
    check_matching_weights(module, state_dict)
    original(module, state_dict, *args, **kwargs)


_loading = ScopedPatch(
    (CheckpointLoader, 'load_checkpoint', _load_checkpoint),
    (mmengine_checkpoint, 'load_url', _load_url),
    (mmengine_checkpoint, 'load_state_dict', _load_state_dict),
    (mmengine_checkpoint, '_safe_torch_load', _load_file),  # OneDL's alone
)


def _can_load_as_data() -> bool:
    return _trust.given or supports_named_globals()


@contextmanager
def _named_errors(source: str | Path) -> Iterator[None]:
    """Convert errors into ones that name the file and the reason."""
    try:
        yield
    except PASSED_ON:
        raise
    except pickle.UnpicklingError as error:
        if any(text in str(error) for text in NOT_A_PICKLE):
            raise _damaged(source, error) from error
        found = re.search(r'(?:GLOBAL|class) (\S+)', str(error))
        reason = f' ({found[1]})' if found else ''
        raise RefusedCheckpointError(
            f'{source} is damaged, or holds objects{reason} that are neither '
            'tensors nor plain values and could run code. Nothing in it was '
            'executed. If it is your own, or you trust its source, load it '
            'with --trust-checkpoint (in Python: trust_checkpoint=True), or '
            'save its state_dict alone'
        ) from error
    except Exception as error:
        # Damage shows wherever its bytes lead: zip, struct, unicode, ...
        raise _damaged(source, error) from error


def _damaged(source: str | Path, error: Exception) -> ValueError:
    return ValueError(
        f'{source} is damaged or no checkpoint that torch.save wrote (it may '
        'be a web page, an archive or a scripted model): '
        f'{type(error).__name__} {shorten(str(error), 100)}'
    )
