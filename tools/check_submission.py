"""Check an archive for a test server, however it was made.

Exit status: 0 for a good one, 1 where something is wrong with it, 2 where the
arguments cannot be used.
"""

import argparse
import sys

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.submissions import add_target_arguments, run_check


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('archive', metavar='FILE', help='archive to check')
    add_target_arguments(parser)
    parser.add_argument(
        '--images', required=True, metavar='DIR', help='the test images'
    )
    arguments = parser.parse_args()
    try:
        problems = run_check(arguments)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    print('\n'.join(problems) or f'{arguments.archive}: nothing wrong')
    sys.exit(1 if problems else 0)


if __name__ == '__main__':
    main()
