"""Checkpoint files of a training: named, saved, found again."""

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
        template: Name of a checkpoint, the step in place of ``{}``. Default:
            ``'iter_{}.pth'``, as for a training by iterations.
    """

    def __init__(self, template: str = 'iter_{}.pth') -> None:
        self.template = template
        before, after = re.split(r'\{[^}]*\}', template, maxsplit=1)
        step = rf'{re.escape(before)}\d+{re.escape(after)}'
        self._of_steps = re.compile(step)
        self._of_any = re.compile(rf'({BEST}[^/\\\0]+_)?{step}')

    @classmethod
    def of_runner(cls, runner: Runner) -> 'CheckpointNames':
        """Read the names from the runner's hook.

        Args:
            runner: The runner of the training.
        """
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
        """Return whether a name is that of a step's checkpoint.

        Args:
            name: Name of a file.
        """
        return self._of_steps.fullmatch(name) is not None

    def is_own(self, name: Any) -> bool:
        """Return whether a name is that of a step's or a best checkpoint.

        Args:
            name: Name of a file, or whatever a checkpoint has in its place.
        """
        return isinstance(name, str) and bool(self._of_any.fullmatch(name))

    @staticmethod
    def is_best(name: str) -> bool:
        """Return whether one's own name is that of a best checkpoint.

        Args:
            name: Name of a file.
        """
        return name.startswith(BEST)


def is_intact(path: str | Path) -> bool:
    """Return whether every byte of a checkpoint is as it was written.

    A checkpoint of torch is a zip file: its directory stands at the end, and
    each entry has a checksum. Nothing is unpickled.

    Args:
        path: The file.
    """
    try:
        with zipfile.ZipFile(path) as file:
            return file.testzip() is None
    except (OSError, EOFError, zipfile.BadZipFile, NotImplementedError):
        # Of damaged bytes; the last one of entries that seem encrypted or
        # compressed.
        return False
    except RuntimeError:  # zipfile's error for an entry with a password
        return False


def save_intact_checkpoint(
    runner: Runner, folder: str, name: str, **kwargs: Any
) -> None:
    """Save a checkpoint beside, read it back, flush it and rename it.

    Args:
        runner: The runner of the training.
        folder: Folder on a file system.
        name: Name of the file.
        kwargs: As ``Runner.save_checkpoint``.

    Raises:
        OSError: If the file could not be written. The folder is as it was
            before.
    """
    path = Path(folder, name)
    partial = partial_path(path)
    try:
        # All processes have a part in it; one of them writes.
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
            f'{reason}. {_last_good(runner)}. {remedy}, then go on with '
            '--resume',
        ) from error


def check_finite_weights(runner: Runner, name: str) -> None:
    """Check that a network is fit to be saved.

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
        path = Path(runner.work_dir, LAST_CHECKPOINT).read_text()
    except OSError:
        return 'There is no earlier checkpoint'
    return f'The last good checkpoint is {path.strip()}'


def find_intact_checkpoint(
    work_dir: str, names: CheckpointNames | None = None
) -> str | None:
    """Find the checkpoint to resume from, for all processes.

    The one that ``last_checkpoint`` names. If it is damaged or gone, the
    intact one beside it that was written last, with a warning in the log.

    Args:
        work_dir: Work folder of the training, the same for all processes.
        names: Names of the checkpoints. Default: ``CheckpointNames()``.

    Returns:
        The checkpoint; None where none has been written.

    Raises:
        ValueError: If there are checkpoints, and none is intact.
    """
    # One process looks: others may not see a change of the folder yet.
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
    # Not a file of this machine, or a folder of DeepSpeed's: taken as named.
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
                f'names {named}, which is {_what_is_wrong(named)}'
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
            f'no intact checkpoint to go on from in {folder}: '
            f'{named or others[0]} is {_what_is_wrong(named or others[0])}, '
            'and there is no other. Put a copy of it there, or start anew in '
            'an empty work folder (--work-dir)'
        )
    return None


def _what_is_wrong(path: str | Path) -> str:
    return 'damaged' if Path(path).exists() else 'gone'
