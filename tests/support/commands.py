"""Commands as a user runs them, and scripts of tools/ in this process."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import refinenet_mmseg

CONFIG_NAME = 'refinenet_r18_1xb8-1k_shapes-160x160.py'
CONFIG = refinenet_mmseg.config_path(f'refinenet/{CONFIG_NAME}')
REPOSITORY = Path(CONFIG).parents[2]
TOOLS = REPOSITORY / 'tools'


def run(*command, cwd, fails=False, python=sys.executable, **environment):
    """Run a command and return what it printed; show it if unexpected.

    Programs are those of the environment that the Python belongs to.
    """
    bin_dir = str(Path(python).parent)
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={
            **os.environ,
            'PATH': bin_dir + os.pathsep + os.environ['PATH'],
            'PYTHON': str(python),
            # a size of the terminal: mim's tables wrap at it
            'COLUMNS': '200',
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )
    assert bool(finished.returncode) == fails, finished.stdout[-4000:]
    return finished.stdout


def run_tool(monkeypatch, capsys, name, *arguments):
    """Run a tool; return its exit status and what it printed."""
    monkeypatch.setattr(sys, 'argv', [name, *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(TOOLS / name), run_name='__main__')
    printed = capsys.readouterr()
    return end.value.code, printed.out, printed.err
