import json

import pytest
from made_up_results import make_result, write_board

from refinenet_mmseg.leaderboard.costs import add_costs
from refinenet_mmseg.leaderboard.export import to_json
from refinenet_mmseg.leaderboard.loading import find_runs
from refinenet_mmseg.leaderboard.ranking import make_rankings


@pytest.fixture
def runs(tmp_path):
    return find_runs([write_board(tmp_path / 'results')])


def write_costs(path, rows, machine='another processor'):
    path.write_text(
        json.dumps(dict(machine=machine, torch='2', threads=2, rows=rows))
    )
    return path


def make_row(head, milliseconds, shape=(360, 480)):
    result = make_result(head)
    row = dict(result['cost'], shape=list(shape))
    row['config'] = f'configs/comparison/{result["name"]}.py'
    row['latency_ms'] = dict.fromkeys(('median', 'p10', 'p90'), milliseconds)
    return row


def test_rows_replace_the_costs_of_their_configs(runs, tmp_path):
    path = write_costs(
        tmp_path / 'costs.json',
        [make_row('FCNHead', 123.0), make_row('SomeHead', 1.0)],
    )
    (ranking,) = make_rankings(add_costs(runs, path))
    entries = {entry.method: entry for entry in ranking.entries}
    assert entries['FCN'].cost['latency_ms']['median'] == 123.0
    assert entries['PSPNet'].cost['latency_ms']['median'] == 12.0
    # Measured elsewhere: in no Pareto front with the others
    assert len(ranking.cost_settings) == 2
    rows = to_json([ranking], [])['rankings'][0]['entries']
    sources = {row['head']: row['cost_source'] for row in rows}
    assert sources['FCNHead'] == dict(
        file=path.as_posix(), machine='another processor'
    )
    assert sources['PSPHead']['file'].endswith('PSPHead/0/result.json')
    assert sources['PSPHead']['machine'] == 'a processor'


def test_bad_files_are_named(runs, tmp_path):
    path = tmp_path / 'costs.json'
    with pytest.raises(FileNotFoundError, match=r'no file of costs .*costs'):
        add_costs(runs, path)
    for text in ('no JSON', '[]', '{"machine": "a"}', '{"rows": [{}]}'):
        path.write_text(text)
        with pytest.raises(ValueError, match=r'costs\.json is no file that'):
            add_costs(runs, path)
    row = make_row('FCNHead', 1.0)
    with pytest.raises(ValueError, match=r'costs\.json has two rows of fcn_'):
        add_costs(runs, write_costs(path, [row, row]))
    with pytest.raises(ValueError, match=r'costs of some_.*none of them'):
        add_costs(runs, write_costs(path, [make_row('SomeHead', 1.0)]))
    with pytest.raises(ValueError, match=r'costs\.json.*median'):
        add_costs(runs, write_costs(path, [make_row('FCNHead', -1.0)]))
