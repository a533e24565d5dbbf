"""Run the scripts of tools/ in this process."""

import runpy
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / 'tools'


def run_tool(monkeypatch, capsys, name, *arguments):
    """Run a tool; return its exit status and what it printed."""
    monkeypatch.setattr(sys, 'argv', [name, *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(TOOLS / name), run_name='__main__')
    printed = capsys.readouterr()
    return end.value.code, printed.out, printed.err
