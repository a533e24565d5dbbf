"""Convert a published RefineNet checkpoint to one of mmseg's."""

import argparse

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.checkpoints import convert_file, print_report
from refinenet_mmseg.cli import add_trust_argument, run_tool


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'source',
        help='file of refinenet-pytorch, light-weight-refinenet or the '
        'refinenet package, or an ImageNet ResNet of torchvision',
    )
    parser.add_argument('destination', help='file to write')
    add_trust_argument(parser)
    run_tool(parser, run_convert)


def run_convert(arguments: argparse.Namespace) -> None:
    """Convert the checkpoint and print a report."""
    checkpoint, recognition = convert_file(**vars(arguments))
    print_report(checkpoint, recognition, arguments.destination)


if __name__ == '__main__':
    main()
