import runpy
import sys
from pathlib import Path

import pytest
from support.small_camvid import CONFIG

TOOL = Path(CONFIG).parents[2] / 'tools' / 'check_dataset.py'


@pytest.fixture
def run(root, monkeypatch, capsys):
    """Run the tool in this process; return its status and output."""
    options = [
        f'{split}_dataloader.dataset.data_root={root}'
        for split in ('train', 'val', 'test')
    ]

    def run(*arguments, config=CONFIG, changes=()):
        command = [str(config), *map(str, arguments)]
        command += ['--cfg-options', *options, *changes]
        monkeypatch.setattr(sys, 'argv', ['check_dataset.py', *command])
        monkeypatch.setenv('COLUMNS', '120')
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(TOOL), run_name='__main__')
        output = capsys.readouterr()
        return end.value.code, output.out, output.err

    return run
