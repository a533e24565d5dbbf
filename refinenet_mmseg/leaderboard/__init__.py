"""Leaderboard of result files: rankings and the page that shows them."""

from .command import add_leaderboard_arguments, run_leaderboard

__all__ = ['add_leaderboard_arguments', 'run_leaderboard']
