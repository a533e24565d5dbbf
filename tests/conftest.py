"""Fixtures that every test folder shares."""

import subprocess
import sys

import pytest
import torch
from mmengine.registry import init_default_scope

import refinenet_mmseg  # noqa: F401, registers the plugin


@pytest.fixture(autouse=True)
def mmseg_scope():
    init_default_scope('mmseg')


@pytest.fixture(autouse=True)
def fixed_seed():
    torch.manual_seed(0)


@pytest.fixture
def fresh(tmp_path):
    """Run code in a new Python process.

    Returns whether it ended well, and what it printed.
    """

    def run(code, warnings='ignore'):
        finished = subprocess.run(
            [sys.executable, '-W', warnings, '-c', code],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return finished.returncode == 0, finished.stdout + finished.stderr

    return run
