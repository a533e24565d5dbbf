"""Write label maps and overlays of images, by any mmseg model."""

import argparse
import sys

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.cli import add_device, add_model_arguments
from refinenet_mmseg.inference import predict_folder


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_model_arguments(parser)
    parser.add_argument('source', help='image file, or folder of images')
    parser.add_argument('--out', required=True, help='folder of the results')
    parser.add_argument(
        '--opacity', type=float, default=0.5, help='of the overlay, 0 to 1'
    )
    parser.add_argument(
        '--fast', action='store_true', help='compile first: for many images'
    )
    add_device(parser)
    arguments = parser.parse_args()
    try:
        written = predict_folder(
            arguments.config,
            arguments.checkpoint,
            arguments.source,
            arguments.out,
            arguments.device,
            arguments.opacity,
            arguments.cfg_options,
            arguments.fast,
        )
    except (KeyError, OSError, ValueError) as error:
        sys.exit(f'{parser.prog}: error: {error}')
    print(f'{len(written)} label maps and overlays in {arguments.out}')


if __name__ == '__main__':
    main()
