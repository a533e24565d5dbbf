"""Write the shapes data set to a folder."""

import argparse

from refinenet_mmseg.cli import run_tool
from refinenet_mmseg.datasets.shapes import generate_shapes_dataset


def run(arguments: argparse.Namespace) -> None:
    """Write the files, and print what the folder holds.

    Args:
        arguments: The parsed command line.
    """
    written = generate_shapes_dataset(**vars(arguments))
    print(
        f'{"Wrote" if written else "Found"} {arguments.num_train} training '
        f'and {arguments.num_val} validation pictures of {arguments.size} x '
        f'{arguments.size} pixels in {arguments.out_dir}'
    )


if __name__ == '__main__':
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument('out_dir', metavar='OUT_DIR', help='folder to fill')
    parser.add_argument(
        '--num-train', type=int, default=2000, help='training pictures'
    )
    parser.add_argument(
        '--num-val', type=int, default=200, help='validation pictures'
    )
    parser.add_argument(
        '--size', type=int, default=160, help='width and height in pixels'
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='seed of the pictures'
    )
    run_tool(parser, run)
