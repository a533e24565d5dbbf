"""One checkpoint: whole and with finite weights, or not written at all."""

import errno
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.runner import Runner

from ..atomic_io import fsync, is_disk_full, partial_path
from ..networks import find_non_finite_weights
from .checkpoint_integrity import is_intact


def write_checkpoint(
    runner: Runner, folder: str, name: str, **kwargs: Any
) -> None:
    """Write a checkpoint beside, flush it, read it back and rename it.

    Args:
        runner: The runner of the training.
        folder: Where to, on a file system.
        name: Name of the file.
        kwargs: As ``Runner.save_checkpoint``.

    Raises:
        OSError: If the file could not be written. The folder is as it was
            before.
    """
    path = Path(folder, name)
    partial = partial_path(path)
    try:
        runner.save_checkpoint(folder, partial.name, **kwargs)
        if is_main_process():
            if not is_intact(partial):
                raise OSError(errno.EIO, 'read back, it is damaged')
            fsync(partial)
            partial.replace(path)
            fsync(path.parent)
    except OSError as error:
        partial.unlink(missing_ok=True)
        reason, remedy = f'{error.strerror}', 'Mend that'
        if is_disk_full(error):
            reason = 'no space left'
            remedy = 'Make room for one checkpoint more than are kept'
        raise OSError(
            error.errno,
            f'the checkpoint {name} could not be written to {folder}: '
            f'{reason}. {_last_good(runner)}. {remedy}, then go on with '
            '--resume',
        ) from error


def refuse_non_finite(runner: Runner, name: str) -> None:
    """Refuse to save a network that has come to NaN or Inf.

    Args:
        runner: The runner of the training.
        name: Name of the checkpoint.

    Raises:
        FloatingPointError: If weights hold NaN or Inf.
    """
    bad = find_non_finite_weights(runner.model)
    if bad:
        raise FloatingPointError(
            f'{len(bad)} tensors of the network hold NaN or Inf after '
            f'iteration {runner.iter + 1}, {bad[0]} for one: {name} is not '
            f'written. {_last_good(runner)}. Lower the learning rate or clip '
            'the gradients (optim_wrapper.clip_grad), then go on with '
            '--resume'
        )


def _last_good(runner: Runner) -> str:
    try:
        path = Path(runner.work_dir, 'last_checkpoint').read_text()
    except OSError:
        return 'There is no earlier checkpoint'
    return f'The last good checkpoint is {path.strip()}'
