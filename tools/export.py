"""Write a trained network as ONNX or as a program of torch.export.

The file runs without this package and mmseg, and says what it needs in its
metadata: classes, palette, mean, deviation and the order of the channels.
"""

import argparse
import sys

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.deployment import add_export_arguments, run_export


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_export_arguments(parser)
    arguments = parser.parse_args()
    try:
        run_export(arguments)
    except (ImportError, KeyError, OSError, ValueError) as error:
        sys.exit(f'{parser.prog}: error: {error}')


if __name__ == '__main__':
    main()
