"""Write a training's checkpoint in 16 bits, without its optimizer."""

import argparse
import sys
from pathlib import Path

import refinenet_mmseg  # noqa: F401  (makes loading safe)
from refinenet_mmseg.checkpoints import publish_file


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('source', help='checkpoint of a training')
    parser.add_argument('destination', help='file to write')
    arguments = parser.parse_args()
    try:
        publish_file(arguments.source, arguments.destination)
    except (OSError, ValueError) as error:
        sys.exit(f'{parser.prog}: error: {error}')
    size = Path(arguments.destination).stat().st_size / 1e6
    print(f'wrote {arguments.destination}, {size:.1f} MB')


if __name__ == '__main__':
    main()
