import json
from pathlib import Path

import pytest
from support.results import (
    make_result,
    write_board,
    write_labels,
    write_result,
)

from refinenet_mmseg.leaderboard.export import to_json
from refinenet_mmseg.leaderboard.ranking import make_rankings
from refinenet_mmseg.leaderboard.reading import (
    add_costs,
    find_predictions,
    read_published,
    read_runs,
)

PUBLISHED = Path(__file__).parents[2] / 'results' / 'published.json'


def test_finds_results_at_any_depth_and_each_once(tmp_path):
    first = write_result(tmp_path / 'a' / 'b' / '0')
    second = write_result(tmp_path / 'c', seed=1)
    runs = read_runs([tmp_path, tmp_path / 'a', tmp_path / 'c'])
    assert [run.path for run in runs] == [first, second]
    assert [run.result['seed'] for run in runs] == [0, 1]


def test_refuses_folders_without_results(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'no such folder.*missing'):
        read_runs([tmp_path / 'missing'])
    write_result(tmp_path / 'full')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(FileNotFoundError, match=r'empty holds no result'):
        read_runs([tmp_path / 'full', tmp_path / 'empty'])


@pytest.mark.parametrize('spoil', ['cut', 'field'])
def test_names_a_broken_result(tmp_path, spoil):
    path = write_result(tmp_path / 'broken')
    text = path.read_text()
    if spoil == 'cut':
        path.write_text(text[:-20])
    else:
        path.write_text(json.dumps(json.loads(text) | {'split': 'valid'}))
    with pytest.raises(ValueError, match=r'broken.result\.json'):
        read_runs([tmp_path])


def test_finds_predictions_by_the_names_that_the_result_lists(tmp_path):
    write_result(tmp_path)
    predictions = write_labels(tmp_path / 'predictions')
    (run,) = read_runs([tmp_path])
    assert find_predictions(run) == {
        name: predictions / f'{name}.png' for name in 'ab'
    }
    listed = [dict(name='b', prediction='predictions/a.png')]
    write_result(tmp_path, pictures=listed)
    (run,) = read_runs([tmp_path])
    assert find_predictions(run) == {'b': predictions / 'a.png'}
    (predictions / 'a.png').unlink()
    with pytest.raises(FileNotFoundError, match=r'no file .*a\.png'):
        find_predictions(run)


@pytest.mark.parametrize(
    'path', ['../../x.png', 'predictions/../../x.png', 'link/x.png']
)
def test_refuses_predictions_out_of_the_folder(tmp_path, path):
    write_labels(tmp_path / 'elsewhere')
    (tmp_path / 'run').mkdir()
    (tmp_path / 'run' / 'link').symlink_to(tmp_path / 'elsewhere')
    write_result(tmp_path / 'run', pictures=[dict(name='a', prediction=path)])
    (run,) = read_runs([tmp_path / 'run'])
    with pytest.raises(ValueError, match=r'run.result\.json: .*leads out'):
        find_predictions(run)


@pytest.fixture
def runs(tmp_path):
    return read_runs([write_board(tmp_path / 'results')])


def write_costs(path, rows):
    path.write_text(json.dumps(dict(machine='a', torch='2', rows=rows)))
    return path


def make_row(head, milliseconds):
    result = make_result(head)
    row = dict(result['cost'], machine='another processor, 2 threads')
    row['config'] = f'configs/comparison/{result["name"]}.py'
    row['latency_ms'] = dict.fromkeys(('median', 'p10', 'p90'), milliseconds)
    return row


def test_benchmark_rows_replace_the_costs_of_their_configs(runs, tmp_path):
    path = write_costs(
        tmp_path / 'costs.json',
        [make_row('FCNHead', 123.0), make_row('SomeHead', 1.0)],
    )
    (ranking,) = make_rankings(add_costs(runs, path))
    entries = {entry.method: entry for entry in ranking.entries}
    assert entries['FCN'].cost['latency_ms']['median'] == 123.0
    assert entries['PSPNet'].cost['latency_ms']['median'] == 12.0
    # Measured elsewhere: in no Pareto front with the others
    assert not ranking.latencies_are_comparable
    rows = to_json([ranking], [])['rankings'][0]['entries']
    files = {row['head']: row['cost_file'] for row in rows}
    assert files['FCNHead'] == path.as_posix()
    assert files['PSPHead'].endswith('PSPHead/0/result.json')


def test_names_bad_files_of_costs(runs, tmp_path):
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


def test_refuses_costs_of_another_network_of_the_same_name(tmp_path):
    path = write_costs(tmp_path / 'costs.json', [make_row('FCNHead', 1.0)])
    write_result(tmp_path / 'a', config_hash='a' * 64)
    write_result(tmp_path / 'b', config_hash='b' * 64)
    with pytest.raises(ValueError, match=r'fcn_.* of different configs'):
        add_costs(read_runs([tmp_path]), path)
    narrow = make_result()['cost'] | dict(
        parameters=dict(total=3, backbone=1, decode_head=2)
    )
    write_result(tmp_path / 'b', cost=narrow)
    with pytest.raises(
        ValueError, match=r'b/result\.json has another network'
    ):
        add_costs(read_runs([tmp_path / 'b']), path)


def test_published_numbers_are_those_of_their_sources():
    tables = {table.title: table.rows for table in read_published(PUBLISHED)}
    assert {
        title: {row['name']: row['mIoU'] for row in rows}
        for title, rows in tables.items()
    } == {
        'CamVid, test, 360x480': {
            'FC-DenseNet103': 66.9,
            'SegNet': 60.1,
            'ENet': 51.3,
            'FCN-Basic-NoDimReduction': 50.1,
            'SegNet-Basic': 47.7,
            'FCN-Basic': 47.3,
        },
        'CamVid, test, 720x960': {'PSPNet50': 69.1, 'ICNet': 67.1},
    }
    for rows in tables.values():
        scores = [row['mIoU'] for row in rows]
        assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ('field', 'value'),
    [('mIoU', 670), ('url', 'javascript:alert(1)'), ('split', 'valid')],
)
def test_names_the_wrong_field_of_published_numbers(tmp_path, field, value):
    content = json.loads(PUBLISHED.read_text())
    content['rows'][1][field] = value
    path = tmp_path / 'numbers.json'
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=rf'numbers\.json: rows\.1\.{field}'):
        read_published(path)


def test_names_published_numbers_that_are_missing_or_no_json(tmp_path):
    path = tmp_path / 'numbers.json'
    with pytest.raises(FileNotFoundError, match=r'numbers\.json'):
        read_published(path)
    path.write_text('rows:')
    with pytest.raises(ValueError, match=r'numbers\.json is no valid JSON'):
        read_published(path)
