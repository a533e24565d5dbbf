"""Write a training's checkpoint in 16 bits, without its optimizer."""

import argparse
from pathlib import Path

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.checkpoints import publish_file
from refinenet_mmseg.cli import add_trust_argument, run_tool


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('source', help='checkpoint of a training')
    parser.add_argument('destination', help='file to write')
    add_trust_argument(parser)
    run_tool(parser, run_publish)


def run_publish(arguments: argparse.Namespace) -> None:
    """Publish the checkpoint and print the size of the file."""
    publish_file(**vars(arguments))
    size = Path(arguments.destination).stat().st_size / 1e6
    print(f'wrote {arguments.destination}, {size:.1f} MB')


if __name__ == '__main__':
    main()
