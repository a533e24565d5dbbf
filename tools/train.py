"""Train a model: mmseg's train.py with bf16 and CPU processes."""

import argparse

import refinenet_mmseg  # noqa: F401, registers the plugin
from refinenet_mmseg.engine import launch


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description='Train a model')
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--resume',
        action='store_true',
        help='go on from the last checkpoint in the work folder',
    )
    parser.add_argument(
        '--amp',
        action='store_true',
        help='train in the reduced precision that the device is fast in',
    )
    launch.add_launch_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Run the tool."""
    args = parse_args()
    config = launch.load_config(args)
    if args.amp:
        launch.use_mixed_precision(config)
    launch.run_training(config, args.resume)


if __name__ == '__main__':
    main()
