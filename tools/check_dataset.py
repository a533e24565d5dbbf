"""Read every image and label map of a config before training does.

Exit status: 0 without errors (warnings are none), 1 with errors, 2 where the
arguments cannot be used.
"""

import argparse
import sys

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.checking import add_check_arguments, run_check


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_check_arguments(parser)
    arguments = parser.parse_args()
    try:
        status = run_check(arguments)
    except (ImportError, KeyError, OSError, ValueError) as error:
        parser.error(str(error))
    sys.exit(status)


if __name__ == '__main__':
    main()
