"""Rank the results of finished trainings: HTML page, Markdown and JSON.

Each ranking holds only results that are comparable.
"""

import argparse

import refinenet_mmseg  # noqa: F401  (checks what is installed)
from refinenet_mmseg.cli import run_tool
from refinenet_mmseg.leaderboard import (
    add_leaderboard_arguments,
    run_leaderboard,
)

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    add_leaderboard_arguments(parser)
    run_tool(parser, run_leaderboard)
