"""Read every image and label map of a config before training does.

Exit status: 0 without errors (warnings are allowed), 1 with errors, 2 if the
arguments are wrong.
"""

import argparse

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.checking import add_check_arguments, run_check
from refinenet_mmseg.cli import run_tool


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_check_arguments(parser)
    run_tool(parser, run_check)


if __name__ == '__main__':
    main()
