"""Evaluate a checkpoint."""

import argparse

import refinenet_mmseg  # noqa: F401, registers the plugin
from refinenet_mmseg.engine import launch


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description='Evaluate a checkpoint')
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--out', help='folder for the predicted label maps')
    parser.add_argument('--show-dir', help='folder for painted predictions')
    parser.add_argument(
        '--tta', action='store_true', help='average over augmentations'
    )
    launch.add_launch_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Run the tool."""
    args = parse_args()
    launch.run_testing(
        launch.load_config(args),
        args.checkpoint,
        out=args.out,
        show_dir=args.show_dir,
        tta=args.tta,
    )


if __name__ == '__main__':
    main()
