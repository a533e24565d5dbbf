import json

import pytest
from support.made_up_results import make_result, write, write_board

from refinenet_mmseg.leaderboard.costs import add_costs
from refinenet_mmseg.leaderboard.export import to_json
from refinenet_mmseg.leaderboard.loading import find_runs
from refinenet_mmseg.leaderboard.ranking import make_rankings


@pytest.fixture
def runs(tmp_path):
    return find_runs([write_board(tmp_path / 'results')])


def write_costs(path, rows):
    path.write_text(json.dumps(dict(machine='a', torch='2', rows=rows)))
    return path


def make_row(head, milliseconds):
    result = make_result(head)
    row = dict(result['cost'], machine='another processor, 2 threads')
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
    files = {row['head']: row['cost_file'] for row in rows}
    assert files['FCNHead'] == path.as_posix()
    assert files['PSPHead'].endswith('PSPHead/0/result.json')


def test_bad_files_are_named(runs, tmp_path):
    path = tmp_path / 'costs.json'
    with pytest.raises(FileNotFoundError, match=r'no file of costs .*costs'):
        add_costs(runs, path)
    for text in (
        'no JSON',
        '[]',
        '{"machine": "a"}',
        '{"rows": [{}]}',
        '{"rows": [[]]}',
    ):
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


def test_a_name_alone_may_not_be_enough(tmp_path):
    path = write_costs(tmp_path / 'costs.json', [make_row('FCNHead', 1.0)])
    write(tmp_path / 'a', config_hash='a' * 64)
    write(tmp_path / 'b', config_hash='b' * 64)
    with pytest.raises(ValueError, match=r'fcn_.* of different configs'):
        add_costs(find_runs([tmp_path]), path)
    narrow = make_result()['cost'] | dict(
        parameters=dict(total=3, backbone=1, decode_head=2)
    )
    write(tmp_path / 'b', cost=narrow)
    with pytest.raises(
        ValueError, match=r'b/result\.json has another network'
    ):
        add_costs(find_runs([tmp_path / 'b']), path)
