"""Draw test images, their truth and a model's prediction on one sheet."""

import argparse
import sys

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.cli import add_device, add_model_arguments
from refinenet_mmseg.inference import draw_contact_sheet


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_model_arguments(parser)
    parser.add_argument('--out', required=True, help='PNG file to write')
    parser.add_argument('--num-images', type=int, default=8, help='rows')
    add_device(parser)
    arguments = parser.parse_args()
    try:
        out_file = draw_contact_sheet(
            arguments.config,
            arguments.checkpoint,
            arguments.out,
            arguments.num_images,
            arguments.device,
            arguments.cfg_options,
        )
    except (KeyError, OSError, ValueError) as error:
        sys.exit(f'{parser.prog}: error: {error}')
    print(f'wrote {out_file}')


if __name__ == '__main__':
    main()
