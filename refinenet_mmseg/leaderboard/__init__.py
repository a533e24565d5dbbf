"""Rankings of result files and the page that shows them."""

from .command import add_leaderboard_arguments, run_leaderboard
from .entry import Entry
from .ranking import Ranking, make_rankings

__all__ = [
    'Entry',
    'Ranking',
    'add_leaderboard_arguments',
    'make_rankings',
    'run_leaderboard',
]
