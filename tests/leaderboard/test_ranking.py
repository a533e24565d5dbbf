import pytest
from support.results import make_result, write_board, write_result

from refinenet_mmseg.leaderboard.ranking import (
    MeanAndDeviation,
    make_rankings,
    summarize_seeds,
)
from refinenet_mmseg.leaderboard.reading import read_runs


def rank(folder):
    return make_rankings(read_runs([folder]))


def test_ranks_by_the_mean_over_seeds(tmp_path):
    (ranking,) = rank(write_board(tmp_path, seeds=3))
    assert [entry.label for entry in ranking.entries] == [
        'RefineNet',
        'FCN',
        'Light-weight RefineNet',
        'PSPNet',
    ]
    assert [entry.rank for entry in ranking.entries] == [1, 2, 3, 4]
    first = ranking.entries[0]
    # Seeds 0, 1, 2 score 55.0, 55.5, 56.0.
    assert first.metrics['mIoU'] == MeanAndDeviation(55.5, 0.5, 3)
    assert first.boundary[1].mean == pytest.approx(30.5)
    assert first.per_class['road'] == MeanAndDeviation(55.5, 0.5, 3)
    assert first.per_class['car'] is None
    assert [run.result['seed'] for run in first.runs] == [0, 1, 2]


def test_a_single_seed_has_no_deviation():
    assert summarize_seeds([61.25]) == MeanAndDeviation(61.25, None, 1)
    assert str(summarize_seeds([61.25])) == '61.2'
    assert str(summarize_seeds([61.0, None, 62.0])) == '61.5 ± 0.7'
    assert summarize_seeds([None]) is None


def test_results_that_cannot_be_compared_are_ranked_apart(tmp_path):
    write_board(tmp_path / 'val', seeds=1)
    write_result(tmp_path / 'test', split='test')
    rankings = rank(tmp_path)
    assert [(r.title, len(r.entries)) for r in rankings] == [
        ('CamVid, test', 1),
        ('CamVid, val', 4),
    ]


def test_same_name_and_seed_twice_is_refused(tmp_path):
    write_result(tmp_path / 'a')
    write_result(tmp_path / 'b', config_hash='f' * 64)
    with pytest.raises(ValueError, match=r'a.result\.json and .*b.result\.js'):
        rank(tmp_path)


def test_seeds_of_different_configs_are_not_averaged(tmp_path):
    write_result(tmp_path / 'a', seed=0)
    write_result(tmp_path / 'b', seed=1, config_hash='f' * 64)
    (ranking,) = rank(tmp_path)
    name = make_result()['name']
    assert [entry.label for entry in ranking.entries] == [
        f'{name} (fffffff)',
        f'{name} ({make_result()["config_hash"][:7]})',
    ]
    assert [len(entry.runs) for entry in ranking.entries] == [1, 1]


def test_labels_of_one_method_name_the_backbone(tmp_path):
    write_result(tmp_path / 'a')
    write_result(tmp_path / 'b', name='larger', backbone='ResNet-50')
    write_result(tmp_path / 'c', head='PSPHead')
    (ranking,) = rank(tmp_path)
    assert sorted(entry.label for entry in ranking.entries) == [
        'FCN, ResNet-18',
        'FCN, ResNet-50',
        'PSPNet',
    ]


def test_the_cost_is_that_of_the_first_run_that_has_one(tmp_path):
    cost = make_result()['cost']
    write_result(tmp_path / '0', seed=0, cost=None)
    write_result(tmp_path / '1', seed=1, cost=cost | {'shape': [72, 96]})
    (ranking,) = rank(tmp_path)
    assert ranking.entries[0].cost['shape'] == [72, 96]
