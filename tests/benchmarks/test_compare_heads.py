"""The comparison's runner, with a stand-in for training."""

import re
import sys
from pathlib import Path

import compare_heads
import pytest
from compare_heads import RECIPE, Run, list_runs, train_all

FINISH = 'import sys, pathlib; pathlib.Path("result.json").write_text("{}")'
HANG = 'import time; time.sleep(60)'
FAIL = 'raise SystemExit(3)'


@pytest.fixture
def scripts(monkeypatch, tmp_path):
    """Run small programs in place of trainings."""
    bodies = {}

    def command(self, data, options):
        body = bodies.get(self.head, FINISH)
        return [
            sys.executable,
            '-c',
            f'import os; os.chdir({str(self.folder)!r}); {body}',
        ]

    monkeypatch.setattr(Run, 'command', command)
    return bodies


def train(runs, jobs=2, seconds=30.0):
    return dict(train_all(runs, Path('data'), [], jobs, seconds))


def test_one_seed_of_all_heads_comes_first(tmp_path):
    runs = list_runs(list(compare_heads.HEADS), RECIPE, [0, 1], tmp_path)
    assert [run.seed for run in runs] == [0] * 8 + [1] * 8
    assert len({run.folder for run in runs}) == 16
    again = list_runs(['fcn', 'fcn'], RECIPE, [0, 0], tmp_path)
    assert len(again) == 1


def test_the_command_names_a_config_that_exists(tmp_path):
    for head in compare_heads.HEADS:
        command = Run(head, RECIPE, 2, tmp_path).command(
            Path('somewhere'), ['a=1']
        )
        assert Path(command[1]).is_file()
        assert Path(command[2]).is_file()
        assert 'randomness.seed=2' in command
        assert command[-1] == 'a=1'


def test_a_finished_training_is_not_repeated(scripts, tmp_path):
    runs = list_runs(['fcn', 'fpn'], RECIPE, [0], tmp_path)
    assert train(runs) == dict.fromkeys(runs, 'done')
    scripts['fcn'] = scripts['fpn'] = FAIL
    assert train(runs) == {}


def test_a_failure_does_not_stop_the_others(scripts, tmp_path):
    scripts['fcn'] = FAIL
    runs = list_runs(['fcn', 'fpn', 'refinenet'], RECIPE, [0], tmp_path)
    outcomes = train(runs, jobs=1)
    assert [outcomes[run] for run in runs] == ['failed', 'done', 'done']


def test_a_time_limit_ends_a_call(scripts, tmp_path):
    scripts['fcn'] = HANG
    runs = list_runs(['fcn', 'fpn', 'refinenet'], RECIPE, [0], tmp_path)
    outcomes = train(runs, jobs=1, seconds=1)
    assert outcomes == {runs[0]: 'stopped'}
    scripts.clear()
    assert set(train(runs).values()) == {'done'}


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--data', 'nowhere'], 'nowhere/train'),
        (['--jobs', '0'], '--jobs 0: at least 1'),
        (
            ['--recipe', '1xb8-2k_mine'],
            r'there is no .*_efficientnet-lite0-comparison_1xb8-2k_mine\.py',
        ),
    ],
)
def test_bad_arguments_are_named(
    monkeypatch, capsys, tmp_path, arguments, message
):
    (tmp_path / 'train').mkdir()
    before = ['compare_heads.py', '--data', str(tmp_path), '--out', 'y']
    monkeypatch.setattr(sys, 'argv', before + arguments)
    with pytest.raises(SystemExit, match='2'):
        compare_heads.main()
    assert re.search(message, capsys.readouterr().err)
