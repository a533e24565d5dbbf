"""Write label maps and overlays of images, by any mmseg model."""

import argparse

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.cli import (
    add_device_argument,
    add_model_arguments,
    run_tool,
)
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
    add_device_argument(parser)
    run_tool(parser, run_predict)


def run_predict(arguments: argparse.Namespace) -> None:
    """Predict the images and print a summary."""
    options = vars(arguments)
    out_dir = options.pop('out')
    written = predict_folder(out_dir=out_dir, **options)
    print(f'{len(written)} label maps and overlays in {out_dir}')


if __name__ == '__main__':
    main()
