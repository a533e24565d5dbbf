"""Convert a published RefineNet checkpoint to one of mmseg's."""

import argparse
import sys

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.checkpoints import convert_file, report


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'source',
        help='file of refinenet-pytorch, light-weight-refinenet or the '
        'refinenet package, or an ImageNet ResNet of torchvision',
    )
    parser.add_argument('destination', help='file to write')
    arguments = parser.parse_args()
    try:
        checkpoint, recognition = convert_file(
            arguments.source, arguments.destination
        )
    except (OSError, ValueError) as error:
        sys.exit(f'{parser.prog}: error: {error}')
    report(checkpoint, recognition, arguments.destination)


if __name__ == '__main__':
    main()
