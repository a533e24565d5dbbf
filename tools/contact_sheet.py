"""Draw test images with their truth and prediction on one sheet."""

import argparse

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.cli import (
    add_device_argument,
    add_model_arguments,
    run_tool,
)
from refinenet_mmseg.inference import draw_contact_sheet


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_model_arguments(parser)
    parser.add_argument('--out', required=True, help='PNG file to write')
    parser.add_argument('--num-images', type=int, default=8, help='rows')
    add_device_argument(parser)
    run_tool(parser, run_contact_sheet)


def run_contact_sheet(arguments: argparse.Namespace) -> None:
    """Draw the contact sheet and print its path."""
    options = vars(arguments)
    out_file = draw_contact_sheet(out_file=options.pop('out'), **options)
    print(f'wrote {out_file}')


if __name__ == '__main__':
    main()
