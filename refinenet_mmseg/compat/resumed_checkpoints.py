"""What a training takes from the checkpoint that it goes on from."""

import functools
import os
from typing import Any

from mmengine.logging import print_log
from mmengine.runner import Runner

NEEDED = ('meta', 'message_hub')


def resume_without_trust() -> None:
    """Let a checkpoint neither run code nor remove files in a ``--resume``.

    What: the text under ``meta.config`` is run as a config; files and whole
    folders named under ``message_hub`` as the best or the oldest checkpoint
    are removed, wherever they are. Weights alone end in ``KeyError: 'meta'``.
    Where: mmengine, ``runner/runner.py``, ``Runner.resume``, and
    ``hooks/checkpoint_hook.py``; seen in 0.10.7 and in OneDL's 0.10.12.
    Until: mmengine parses no config there, and removes its own files only.
    """
    original = Runner.resume

    @functools.wraps(original)
    def resume(self: Runner, filename: str, *args: Any, **kwargs: Any) -> None:
        load = self.load_checkpoint

        def load_checkpoint(name: str, *args: Any, **kwargs: Any) -> dict:
            checkpoint = load(name, *args, **kwargs)
            _check_contents(checkpoint, name)
            folders = {_folder(name), os.path.abspath(self.work_dir)}
            return {
                **checkpoint,
                'meta': _without_config(checkpoint['meta']),
                'message_hub': _without_foreign_files(
                    checkpoint['message_hub'], _folder(name), folders
                ),
            }

        self.load_checkpoint = load_checkpoint
        try:
            original(self, filename, *args, **kwargs)
        finally:
            del self.load_checkpoint

    Runner.resume = resume


def _check_contents(checkpoint: dict, name: str) -> None:
    missing = [
        key for key in NEEDED if not isinstance(checkpoint.get(key), dict)
    ]
    missing += [
        f'meta.{key}'
        for key in ('epoch', 'iter')
        if not missing and not isinstance(checkpoint['meta'].get(key), int)
    ]
    if missing:
        raise ValueError(
            f'{name} holds no training to go on with: it lacks '
            f'{", ".join(missing)}. To start from its weights, set '
            'load_from=FILE and resume=False'
        )


def _without_config(meta: dict) -> dict:
    # mmengine reads no more than ``gpu_ids`` of it, which no config has.
    return {key: value for key, value in meta.items() if key != 'config'}


def _without_foreign_files(
    message_hub: dict, beside: str, folders: set[str]
) -> dict:
    """Forget checkpoints to be removed that are not the training's own.

    Of a training whose folder was moved, the best one lies beside the one
    that it goes on from.
    """
    info = dict(message_hub.get('runtime_info', {}))
    for key, value in list(info.items()):
        if key == 'keep_ckpt_ids':
            info[key] = [step for step in value if type(step) is int]
        elif key.startswith('best_ckpt') and not (
            isinstance(value, str) and _folder(value) in folders
        ):
            moved = os.path.join(beside, os.path.basename(str(value)))
            was_moved = isinstance(value, str) and not os.path.exists(value)
            if was_moved and os.path.isfile(moved):
                info[key] = moved
                continue
            print_log(
                f'{value!r}, the best checkpoint so far, is kept: it lies '
                'elsewhere than the one that the training goes on from',
                logger='current',
            )
            del info[key]
    return {**message_hub, 'runtime_info': info}


def _folder(path: str) -> str:
    return os.path.dirname(os.path.abspath(path))
