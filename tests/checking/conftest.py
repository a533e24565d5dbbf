import pytest
from support.commands import run_tool
from support.small_camvid import CONFIG


@pytest.fixture
def run(root, monkeypatch, capsys):
    """Run the tool in this process; return its status and output."""
    options = [
        f'{split}_dataloader.dataset.data_root={root}'
        for split in ('train', 'val', 'test')
    ]

    def run(*arguments, config=CONFIG, changes=()):
        monkeypatch.setenv('COLUMNS', '120')
        return run_tool(
            *(monkeypatch, capsys, 'check_dataset.py', config, *arguments),
            *('--cfg-options', *options, *changes),
        )

    return run
