import json

import pytest
from support.made_up_results import write

from refinenet_mmseg.leaderboard.loading import find_runs


def test_finds_results_at_any_depth_and_each_once(tmp_path):
    first = write(tmp_path / 'a' / 'b' / '0')
    second = write(tmp_path / 'c', seed=1)
    runs = find_runs([tmp_path, tmp_path / 'a', tmp_path / 'c'])
    assert [run.path for run in runs] == [first, second]
    assert [run.result['seed'] for run in runs] == [0, 1]


def test_refuses_folders_without_results(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'no such folder.*missing'):
        find_runs([tmp_path / 'missing'])
    write(tmp_path / 'full')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(FileNotFoundError, match=r'empty holds no result'):
        find_runs([tmp_path / 'full', tmp_path / 'empty'])


@pytest.mark.parametrize('spoil', ['cut', 'field'])
def test_names_a_broken_result(tmp_path, spoil):
    path = write(tmp_path / 'broken')
    text = path.read_text()
    if spoil == 'cut':
        path.write_text(text[:-20])
    else:
        path.write_text(json.dumps(json.loads(text) | {'split': 'valid'}))
    with pytest.raises(ValueError, match=r'broken.result\.json'):
        find_runs([tmp_path])
