"""Checkpoint files of a training: names, saving, integrity, resuming."""

import errno
import logging
import re
import zipfile
from pathlib import Path
from typing import Any

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.logging import print_log
from mmengine.runner import Runner

from ..atomic_io import commit, is_disk_full, partial_path
from ..networks import find_non_finite_weights

LAST_CHECKPOINT = 'last_checkpoint'
BEST = 'best_'


class CheckpointNames:
    """Make and recognize the names of a training's checkpoints.

    Args:
        template: Name of a checkpoint, with ``{}`` for the step.
            Default: ``'iter_{}.pth'``.
    """

    def __init__(self, template: str = 'iter_{}.pth') -> None:
        self.template = template
        before, after = re.split(r'\{[^}]*\}', template, maxsplit=1)
        step = rf'{re.escape(before)}\d+{re.escape(after)}'
        self._of_steps = re.compile(step)
        self._of_any = re.compile(rf'({BEST}[^/\\\0]+_)?{step}')

    @classmethod
    def of_runner(cls, runner: Runner) -> 'CheckpointNames':
        """Read the names from the runner's hook."""
        for hook in runner.hooks:
            if isinstance(hook, CheckpointHook):
                return cls(hook.filename_tmpl)
        return cls()

    def of_step(self, step: int) -> str:
        """Return the name of the checkpoint of a step.

        Args:
            step: The iteration or epoch.
        """
        return self.template.format(step)

    def is_step(self, name: str) -> bool:
        """Return whether a file name is that of a step's checkpoint."""
        return self._of_steps.fullmatch(name) is not None

    def is_own(self, name: Any) -> bool:
        """Return whether a name is that of a step's or a best checkpoint.

        Args:
            name: The file name; other values, from a checkpoint, are none.
        """
        return isinstance(name, str) and bool(self._of_any.fullmatch(name))

    @staticmethod
    def is_best(name: str) -> bool:
        """Return whether the name of a checkpoint is that of a best one."""
        return name.startswith(BEST)


def is_intact(path: str | Path) -> bool:
    """Return whether every byte of a checkpoint is as it was written.

    A checkpoint of torch is a zip file: its directory is at the end, and each
    entry has a checksum. Nothing is unpickled.
    """
    try:
        with zipfile.ZipFile(path) as file:
            return file.testzip() is None
    except (OSError, EOFError, zipfile.BadZipFile, NotImplementedError):
        # NotImplementedError: damaged entries may seem encrypted.
        return False
    except RuntimeError:  # zipfile's error for an entry with a password
        return False


def save_intact_checkpoint(
    runner: Runner, folder: str, name: str, **kwargs: Any
) -> None:
    """Save a checkpoint in an atomic write, and read it back before.

    Args:
        runner: The runner of the training.
        folder: Folder on a file system.
        name: Name of the file.
        kwargs: As ``Runner.save_checkpoint``.

    Raises:
        OSError: If the file could not be written; the folder is unchanged.
    """
    path = Path(folder, name)
    partial = partial_path(path)
    try:
        # All processes take part; one of them writes.
        runner.save_checkpoint(folder, partial.name, **kwargs)
        if is_main_process():
            if not is_intact(partial):
                raise OSError(errno.EIO, 'read back, it is damaged')
            commit(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        reason, remedy = f'{error.strerror}', 'Mend that'
        if is_disk_full(error):
            reason = 'no space left'
            remedy = 'Make room for one checkpoint more than are kept'
        raise OSError(
            error.errno,
            f'the checkpoint {name} could not be written to {folder}: '
            f'{reason}. {_last_good(runner)}. {remedy}, then continue '
            'with --resume',
        ) from error


def check_finite_weights(runner: Runner, name: str) -> None:
    """Check that a network has no NaN or Inf before it is saved.

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
            'the gradients (optim_wrapper.clip_grad), then continue with '
            '--resume'
        )


def _last_good(runner: Runner) -> str:
    try:
        path = Path(runner.work_dir, LAST_CHECKPOINT).read_text()
    except OSError:
        return 'There is no earlier checkpoint'
    return f'The last good checkpoint is {path.strip()}'


def find_intact_checkpoint(
    work_dir: str, names: CheckpointNames | None = None
) -> str | None:
    """Find the checkpoint to resume from, for all processes.

    It is the one that ``last_checkpoint`` names. If that is damaged or gone,
    it is the newest intact one in the same folder, with a warning in the log.

    Args:
        work_dir: Work folder of the training, the same for all processes.
        names: Names of the checkpoints. Default: ``CheckpointNames()``.

    Returns:
        The checkpoint; None if none has been written.

    Raises:
        ValueError: If there are checkpoints, and none is intact.
    """
    # Only one process searches: others may not see recent changes yet.
    answer: list[str | None] = [None, None]
    if is_main_process():
        try:
            answer[0] = _find(Path(work_dir), names or CheckpointNames())
        except ValueError as error:
            answer[1] = str(error)
    broadcast_object_list(answer)
    if answer[1]:
        raise ValueError(answer[1])
    return answer[0]


def _find(work_dir: Path, names: CheckpointNames) -> str | None:
    pointer = work_dir / LAST_CHECKPOINT
    try:
        named = pointer.read_text().strip()
    except (OSError, UnicodeDecodeError):
        named = ''
    # URLs and DeepSpeed's folders cannot be checked.
    if '://' in named or (named and Path(named).is_dir()):
        return named
    if named and is_intact(named):
        return named
    folder = Path(named).parent if named else work_dir
    if not folder.is_dir():
        folder = work_dir
    others = (
        [
            path
            for path in folder.iterdir()
            if names.is_step(path.name) and path.is_file()
        ]
        if folder.is_dir()
        else []
    )
    others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for other in others:
        if is_intact(other):
            reason = (
                f'names {named}, which is {_describe_damage(named)}'
                if named
                else 'is missing'
            )
            print_log(
                f'{pointer} {reason}; the newest intact checkpoint is {other}',
                logger='current',
                level=logging.WARNING,
            )
            return str(other)
    if named or others:
        raise ValueError(
            f'no intact checkpoint to resume from in {folder}: '
            f'{named or others[0]} is {_describe_damage(named or others[0])}, '
            'and there is no other. Put a copy of it there, or start anew in '
            'an empty work folder (--work-dir)'
        )
    return None


def _describe_damage(path: str | Path) -> str:
    return 'damaged' if Path(path).exists() else 'gone'
