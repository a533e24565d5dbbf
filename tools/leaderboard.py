"""Rank the results of finished runs: a page, Markdown and JSON.

Only what can be compared stands in one ranking.
"""

import argparse
import sys

import refinenet_mmseg  # noqa: F401  (checks what is installed)
from refinenet_mmseg.leaderboard import (
    add_leaderboard_arguments,
    run_leaderboard,
)


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_leaderboard_arguments(parser)
    arguments = parser.parse_args()
    try:
        files = run_leaderboard(arguments)
    except (ImportError, KeyError, OSError, ValueError) as error:
        sys.exit(f'{parser.prog}: error: {error}')
    for file in files:
        print(f'wrote {file}')


if __name__ == '__main__':
    main()
