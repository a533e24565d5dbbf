"""Weights that are downloaded when training starts."""

import functools
from urllib.error import URLError

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

    @functools.wraps(original)
    def load_from_http(filename: str, *args: object, **kwargs: object) -> dict:
        try:
            return original(filename, *args, **kwargs)
        except (URLError, TimeoutError) as error:
            raise RuntimeError(
                f'Could not download {filename} ({error}). Download it '
                'elsewhere and name the file, or train from random weights. '
                'The file: --cfg-options '
                'model.backbone.init_cfg.checkpoint=FILE, or '
                'model.pretrained=FILE where the config sets that. Random '
                'weights: a config with -scratch in its name, or '
                '--cfg-options model.backbone.init_cfg=None '
                'model.decode_head.init_cfg=None'
            ) from error

    # mmengine calls it by name for open-mmlab://, and by scheme for http://.
    checkpoint.load_from_http = load_from_http
    for prefix in ('http://', 'https://'):
        # Unless the user has put a loader of their own there.
        if CheckpointLoader._schemes.get(prefix) is original:
            CheckpointLoader.register_scheme(
                prefix, loader=load_from_http, force=True
            )
