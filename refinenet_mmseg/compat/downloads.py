"""Weights that are downloaded when training starts."""

import functools
import inspect
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlparse

import torch
from mmengine.runner import checkpoint
from mmengine.runner.checkpoint import CheckpointLoader

from .words import words_of


def explain_failed_downloads() -> None:
    """Say which weights could not be downloaded and what to do about it.

    What: without a network, training ends in a bare ``URLError`` that names
    neither the file nor the config key that asked for it.
    Where: mmengine, ``runner/checkpoint.py``, ``load_from_http``; seen in
    0.10.7 and in OneDL's 0.10.12.
    Until: mmengine's error names the file.
    """
    original = checkpoint.load_from_http
    if 'URLError' in words_of(original):
        return
    signature = inspect.signature(original)

    @functools.wraps(original)
    def load_from_http(filename: str, *args: object, **kwargs: object) -> dict:
        try:
            return original(filename, *args, **kwargs)
        except (URLError, TimeoutError) as error:
            given = signature.bind(filename, *args, **kwargs).arguments
            raise RuntimeError(
                f'Could not download {filename} ({error}). Download it '
                'elsewhere and save it as '
                f'{_kept_file(filename, given.get("model_dir"))}, or train '
                'from random weights: a config with -scratch in its name, or '
                '--cfg-options KEY=None model.decode_head.init_cfg=None. KEY '
                'is what names the weights in the config: '
                'model.backbone.init_cfg, model.backbone.backbone.init_cfg '
                'where one backbone wraps another, or model.pretrained'
            ) from error

    # mmengine calls it by name for open-mmlab://, and by scheme for http://.
    checkpoint.load_from_http = load_from_http
    for prefix in ('http://', 'https://'):
        # Unless the user has put a loader of their own there.
        if CheckpointLoader._schemes.get(prefix) is original:
            CheckpointLoader.register_scheme(
                prefix, loader=load_from_http, force=True
            )


def _kept_file(address: str, folder: str | None) -> Path:
    """Name the file in which torch keeps, and looks for, a download."""
    kept = folder or Path(torch.hub.get_dir(), 'checkpoints')
    return Path(kept, Path(urlparse(address).path).name)
