from support.results import write_board, write_result

from refinenet_mmseg.leaderboard.ranking import make_rankings
from refinenet_mmseg.leaderboard.reading import read_runs
from refinenet_mmseg.leaderboard.tables import summarize_ranking


def rank(folder):
    (ranking,) = make_rankings(read_runs([folder]))
    return ranking


def test_the_summary_says_where_the_package_stands(tmp_path):
    scores = {'FCNHead': 60.0, 'PSPHead': 59.9, 'RefineNetHead': 58.0}
    for head, score in scores.items():
        for seed in range(2):
            metrics = dict(mIoU=score + seed, mAcc=70.0, aAcc=90.0)
            folder = tmp_path / head / str(seed)
            write_result(folder, head=head, seed=seed, metrics=metrics)
    ranking = rank(tmp_path)
    text = summarize_ranking(ranking)
    assert text.startswith('FCN has the highest mIoU, 60.5 ± 0.7 (2 seeds)')
    assert '0.1 points is within one deviation' in text
    assert 'RefineNet is number 3 of 3, 2.0 points below the first.' in text


def test_the_summary_claims_no_deviation_for_a_single_seed(tmp_path):
    ranking = rank(write_board(tmp_path, seeds=1))
    assert 'with a single seed there is no deviation' in summarize_ranking(
        ranking
    )
