"""Every tool ends on a user's error in one line that names it, status 2."""

import pytest
import torch
from support.commands import run_tool
from support.networks import draw_image, save_refinenet_weights
from support.runs import run_config

CONFIGS = {
    'missing': None,
    'folder': 'folder',
    'empty': '',
    'without a model': "default_scope = 'mmseg'\n",
    'syntax error': 'model = dict(\n',
    'binary': bytes(range(256)),
    'name in place of a part': "model = 'net'\ntest_dataloader = 'camvid'\n",
}
CHECKPOINTS = {
    'missing': None,
    'folder': 'folder',
    'empty': b'',
    'text': b'hello',
    'list': [1, 2],
    'state_dict that is a name': dict(state_dict='weights'),
}
# Arguments by tool; {bad} is what is wrong.
OF_CONFIGS = {
    'train.py': '{bad}',
    'train.py --amp': '{bad} --amp',
    'test.py': '{bad} {weights}',
    'test.py --tta': '{bad} {weights} --tta',
    'test.py --out': '{bad} {weights} --out {out}',
    'test.py --show-dir': '{bad} {weights} --show-dir {out}',
    'predict.py': '{bad} {weights} {image} --out {out}',
    'contact_sheet.py': '{bad} {weights} --out {out}/a.png',
    'export.py': '{bad} {weights} {out}.pt2 --format torch-export',
    'benchmark.py': '{bad}',
    'check_dataset.py': '{bad}',
    'make_submission.py': '{bad} {weights} --target voc2012 --out {out}.tgz',
}
OF_CHECKPOINTS = {
    'train.py': '{config} --cfg-options load_from={bad} work_dir={out}',
    'test.py': '{config} {bad} --work-dir {out}',
    'predict.py': '{config} {bad} {image} --out {out}',
    'contact_sheet.py': '{config} {bad} --out {out}/a.png',
    'export.py': '{config} {bad} {out}.pt2 --format torch-export',
    'benchmark.py': '{config} --checkpoint {bad} --shape 32 32',
    'publish_checkpoint.py': '{bad} {out}.pth',
    'convert_checkpoint.py': '{bad} {out}.pth',
}
OF_FILES = {
    'check_submission.py': '{bad} --target voc2012 --images {folder} --trial',
    'leaderboard.py': '{bad} --out {out}',
    'make_shapes_dataset.py': '{bad}',
    'mmseg_tool.py': '{bad}',
    'predict.py': '{config} {weights} {bad} --out {out}',
}


def plant(path, content):
    """Write what is wrong: nothing, a folder, text, bytes or a checkpoint."""
    if content == 'folder':
        path.mkdir()
        (path / 'notes.txt').touch()
    elif isinstance(content, str):
        path.write_text(content)
    elif isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    return path


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """Return a function that runs a tool and reads the line it ends in."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / 'images'
    image = draw_image(folder / 'a.jpg')
    config = run_config(tmp_path)
    config.dump(str(tmp_path / 'good.py'))
    weights = save_refinenet_weights(tmp_path / 'good.pth')

    def run(tool, arguments, bad):
        name = tool.split()[0]
        values = dict(
            bad=bad,
            config=tmp_path / 'good.py',
            folder=folder,
            image=image,
            out=tmp_path / 'out',
            weights=weights,
        )
        line = arguments.format(**values).split()
        status, _, printed = run_tool(monkeypatch, capsys, name, *line)
        error = printed.splitlines()[-1]
        assert status == 2
        assert error.startswith(f'{name}: error: ')
        assert printed.endswith(f'{error}\n')
        return error

    return run


@pytest.mark.parametrize('fault', CONFIGS)
@pytest.mark.parametrize('tool', OF_CONFIGS)
def test_bad_config(refused, tmp_path, tool, fault):
    bad = plant(tmp_path / 'bad.py', CONFIGS[fault])
    assert 'bad.py' in refused(tool, OF_CONFIGS[tool], bad)


@pytest.mark.parametrize('fault', CHECKPOINTS)
@pytest.mark.parametrize('tool', OF_CHECKPOINTS)
def test_bad_checkpoint(refused, tmp_path, tool, fault):
    bad = plant(tmp_path / 'bad.pth', CHECKPOINTS[fault])
    assert 'bad.pth' in refused(tool, OF_CHECKPOINTS[tool], bad)


@pytest.mark.parametrize('tool', OF_FILES)
def test_bad_file(refused, tmp_path, tool):
    bad = plant(tmp_path / 'bad', b'hello')
    assert 'bad' in refused(tool, OF_FILES[tool], bad)
