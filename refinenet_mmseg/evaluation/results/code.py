"""Which code runs: commit, versions, command."""

import platform
import shlex
import subprocess
import sys
from pathlib import Path

import mmcv
import mmengine
import mmseg
import torch

from ...version import __version__

PACKAGE = Path(__file__).resolve().parents[2]


def find_commit() -> dict[str, str | bool | None]:
    """Find the commit of the checkout that the package runs from.

    Returns:
        The fields ``git_commit`` and ``git_dirty``, whether tracked files
        differ from it; both None where the package lies in no checkout, or
        git is missing.
    """
    try:
        # An environment may lie in another project's checkout, untracked.
        _git('ls-files', '--error-unmatch', '__init__.py')
        commit = _git('rev-parse', 'HEAD')
        changes = _git('status', '--porcelain', '--untracked-files=no')
    except (OSError, subprocess.SubprocessError):
        return dict(git_commit=None, git_dirty=None)
    return dict(git_commit=commit, git_dirty=bool(changes))


def list_versions() -> dict[str, str]:
    """List the versions of Python and of the packages that compute."""
    modules = dict(torch=torch, mmengine=mmengine, mmcv=mmcv, mmseg=mmseg)
    return dict(
        python=platform.python_version(),
        **{name: str(m.__version__) for name, m in modules.items()},
        refinenet_mmseg=__version__,
    )


def name_command() -> str:
    """Give the command line, the script below its checkout or package."""
    script = Path(sys.argv[0])
    for root in (PACKAGE / '.mim', PACKAGE.parent):
        if script.resolve().is_relative_to(root):
            script = script.resolve().relative_to(root)
            break
    return shlex.join([str(script), *sys.argv[1:]])


def _git(*arguments: str) -> str:
    return subprocess.run(
        ('git', '-C', str(PACKAGE), *arguments),
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.strip()
