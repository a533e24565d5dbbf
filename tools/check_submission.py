"""Check an archive of label maps for a test server.

Exit status: 0 for a valid archive, 1 for one with problems, 2 if the arguments
are wrong.
"""

import argparse

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.cli import run_tool
from refinenet_mmseg.submissions import add_check_arguments, run_check


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_check_arguments(parser)
    run_tool(parser, run_check)


if __name__ == '__main__':
    main()
