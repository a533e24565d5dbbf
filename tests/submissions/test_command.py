import functools

import pytest
from support.commands import run_tool
from support.submission_data import (
    FOLDERS,
    narrow_config,
    save_weights,
    write_images,
)


@pytest.fixture
def run(monkeypatch, capsys):
    return functools.partial(run_tool, monkeypatch, capsys)


@pytest.fixture
def made(tmp_path):
    write_images(tmp_path, 'voc2012')
    config = narrow_config('voc2012', tmp_path)
    config.dump(tmp_path / 'tiny.py')
    save_weights(config, tmp_path / 'tiny.pth')
    return [tmp_path / 'tiny.py', tmp_path / 'tiny.pth', '--device', 'cpu']


def test_make_and_check(run, made, tmp_path):
    target = ['--target', 'voc2012', '--trial']
    archive = tmp_path / 'sent.tgz'
    out = ['--out', archive]
    status, output, _ = run('make_submission.py', *made, *target, *out)
    assert status == 0
    assert output.endswith('is complete and checked; 3 images are new\n')
    target += ['--images', tmp_path / FOLDERS['voc2012']]
    status, output, _ = run('check_submission.py', archive, *target)
    assert status == 0
    assert output.endswith(f'{archive}: nothing wrong\n')
    # The other competition's folder is missing, and this one is unexpected.
    target += ['--competition', 'comp5']
    status, output, _ = run('check_submission.py', archive, *target)
    assert status == 1
    assert output.count('comp5_test_cls/') == output.count(': missing') == 3
    # The parts serve for a zip, of which the server is said to take none.
    target, zipped = target[:3], tmp_path / 'sent.zip'
    status, output, _ = run(
        'make_submission.py', *made, *target, '--out', zipped
    )
    assert status == 0
    assert '0 images are new' in output
    assert 'unpacks .tgz and .tar.gz: name --out so' in output


def test_errors(run, made, tmp_path):
    out = ['--out', tmp_path / 'sent.zip']
    status, _, error = run(
        'make_submission.py', *made, '--target', 'voc2012', *out
    )
    assert status == 2
    assert error.splitlines()[-1].startswith(
        'make_submission.py: error: 3 images in '
    )
    assert not (tmp_path / 'sent.zip').exists()
    words = ['--target', 'ade20k', '--images', tmp_path]
    status, _, error = run('check_submission.py', 'sent.zip', *words)
    assert status == 2
    assert 'is no test image of ADE20K' in error
