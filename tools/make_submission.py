"""Make an archive for the test server of Cityscapes, VOC or ADE20K.

Label maps are kept in a folder beside it: an interrupted call
continues when it is called again.
"""

import argparse

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.cli import run_tool
from refinenet_mmseg.submissions import add_make_arguments, run_make


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_make_arguments(parser)
    run_tool(parser, run_make)


if __name__ == '__main__':
    main()
