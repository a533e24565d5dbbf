"""Which checkpoint a training goes on from: one that is whole."""

import logging
import re
import zipfile
from pathlib import Path

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.logging import print_log


def is_intact(path: str | Path) -> bool:
    """Tell whether every byte of a checkpoint is as it was written.

    A checkpoint of torch is a zip file: its directory stands at the end, and
    each entry has a checksum. Nothing is unpickled.

    Args:
        path: The file.
    """
    try:
        with zipfile.ZipFile(path) as file:
            return file.testzip() is None
    except (OSError, EOFError, zipfile.BadZipFile, NotImplementedError):
        # What damage leads to; the last one to entries that seem encrypted
        # or compressed.
        return False
    except RuntimeError:  # zipfile's word for an entry with a password
        return False


def find_intact_checkpoint(
    work_dir: str, template: str = 'iter_{}.pth'
) -> str | None:
    """Find the checkpoint that a training goes on from, for all processes.

    The one that ``last_checkpoint`` names. If it is not whole or gone, the
    whole one beside it that was written last, with a warning in the log.

    Args:
        work_dir: Work folder of the training, the same for all processes.
        template: Names of the checkpoints, the step in place of ``{}``.

    Returns:
        The checkpoint; None where none has been written.

    Raises:
        ValueError: If there are checkpoints, and none is whole.
    """
    # One process looks: others may not see a change of the folder yet.
    answer: list[str | None] = [None, None]
    if is_main_process():
        try:
            answer[0] = _find(Path(work_dir), template)
        except ValueError as error:
            answer[1] = str(error)
    broadcast_object_list(answer)
    if answer[1]:
        raise ValueError(answer[1])
    return answer[0]


def _find(work_dir: Path, template: str) -> str | None:
    pointer = work_dir / 'last_checkpoint'
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
    pattern = re.compile(re.escape(template).replace(r'\{\}', r'\d+'))
    others = (
        [
            path
            for path in folder.iterdir()
            if pattern.fullmatch(path.name) and path.is_file()
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
                f'{pointer} {reason}; the newest whole checkpoint is {other}',
                logger='current',
                level=logging.WARNING,
            )
            return str(other)
    if named or others:
        raise ValueError(
            f'no whole checkpoint to go on from in {folder}: '
            f'{named or others[0]} is {_what_is_wrong(named or others[0])}, '
            'and there is no other. Put a copy of it there, or start anew in '
            'an empty work folder (--work-dir)'
        )
    return None


def _what_is_wrong(path: str | Path) -> str:
    return 'damaged' if Path(path).exists() else 'gone'
