"""The committed leaderboard is that of the committed results."""

import json
from pathlib import Path

from refinenet_mmseg.leaderboard.export import to_json, to_markdown
from refinenet_mmseg.leaderboard.ranking import make_rankings
from refinenet_mmseg.leaderboard.reading import (
    add_costs,
    find_predictions,
    read_published,
    read_runs,
)

REPOSITORY = Path(__file__).parents[2]
RESULTS = sorted((REPOSITORY / 'results').rglob('result.json'))


def test_it_is_up_to_date(monkeypatch):
    """If not: run ``make leaderboard`` and commit its files."""
    board = REPOSITORY / 'docs' / 'leaderboard'
    files = {path.name for path in board.glob('leaderboard.*')}
    if not RESULTS:
        assert not files
        return
    assert {'leaderboard.md', 'leaderboard.json'} <= files
    monkeypatch.chdir(REPOSITORY)
    runs = read_runs(['results'])
    for costs in Path('results').glob('*/costs.json'):
        runs = add_costs(runs, costs)
    rankings = make_rankings(runs)
    published = read_published('results/published.json')
    assert (board / 'leaderboard.md').read_text() == to_markdown(
        rankings, published
    )
    assert json.loads((board / 'leaderboard.json').read_text()) == json.loads(
        json.dumps(to_json(rankings, published))
    )


def test_results_lie_where_their_names_and_seeds_say():
    for path in RESULTS:
        (run,) = read_runs([path.parent])
        name, seed = run.result['name'], run.result['seed']
        assert path.parts[-3:-1] == (name, str(seed))
        find_predictions(run)
