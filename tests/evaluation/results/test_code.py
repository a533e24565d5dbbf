import subprocess
import sys

import pytest

from refinenet_mmseg.evaluation.results import code


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    package = tmp_path / 'package'
    package.mkdir()
    (package / '__init__.py').write_text('')
    monkeypatch.setattr(code, 'PACKAGE', package)
    for name, value in (
        ('GIT_CONFIG_GLOBAL', '/dev/null'),
        ('GIT_CEILING_DIRECTORIES', str(tmp_path.parent)),
        ('GIT_AUTHOR_NAME', 'a'),
        ('GIT_AUTHOR_EMAIL', 'a@b'),
        ('GIT_COMMITTER_NAME', 'a'),
        ('GIT_COMMITTER_EMAIL', 'a@b'),
    ):
        monkeypatch.setenv(name, value)
    return package


def git(checkout, *arguments):
    return subprocess.run(
        ('git', '-C', checkout.parent, *arguments),
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def test_names_the_commit_and_what_differs(checkout):
    unknown = dict(git_commit=None, git_dirty=None)
    assert code.find_commit() == unknown
    git(checkout, 'init')
    git(checkout, 'commit', '--allow-empty', '-m', 'of another project')
    # an installed package, in a checkout that is not its own
    assert code.find_commit() == unknown
    git(checkout, 'add', '.')
    git(checkout, 'commit', '-m', 'a')
    commit = git(checkout, 'rev-parse', 'HEAD')
    assert code.find_commit() == dict(git_commit=commit, git_dirty=False)
    (checkout / 'run.log').write_text('')
    assert code.find_commit()['git_dirty'] is False
    (checkout / '__init__.py').write_text('changed')
    assert code.find_commit() == dict(git_commit=commit, git_dirty=True)


def test_does_without_git(checkout, monkeypatch):
    monkeypatch.setenv('PATH', '')
    assert code.find_commit()['git_commit'] is None


def test_the_command_names_the_script_below_its_checkout(
    checkout, monkeypatch
):
    script = checkout.parent / 'tools' / 'train.py'
    monkeypatch.setattr(
        sys, 'argv', [str(script), 'a.py', '--work-dir', 'b c']
    )
    assert code.name_command() == "tools/train.py a.py --work-dir 'b c'"


def test_lists_what_computes():
    versions = code.list_versions()
    assert versions['python'].startswith('3.')
    assert set(versions) > {'torch', 'mmcv', 'mmengine', 'mmseg'}
    assert all(isinstance(version, str) for version in versions.values())
