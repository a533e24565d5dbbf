import os
import subprocess
import sys

import pytest


@pytest.fixture
def fresh(tmp_path):
    """Run code in a new Python, with or without the workarounds.

    Gives whether it ended well, and what it printed.
    """

    def run(code, workarounds=True, warnings='ignore'):
        finished = subprocess.run(
            [sys.executable, '-W', warnings, '-c', code],
            cwd=tmp_path,
            env={
                **os.environ,
                'REFINENET_MMSEG_COMPAT': '1' if workarounds else '0',
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return finished.returncode == 0, finished.stdout + finished.stderr

    return run
