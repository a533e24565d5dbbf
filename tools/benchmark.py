"""Measure segmentors: size, time, memory, and their distance to the floor.

The floor is what a model's convolutions cost by themselves, one after
another, on tensors of the same shapes. Several configs are timed in turns.
"""

import argparse
import sys

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.cost import add_benchmark_arguments, run_benchmark


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_benchmark_arguments(parser)
    arguments = parser.parse_args()
    try:
        run_benchmark(arguments)
    except (KeyError, OSError, ValueError) as error:
        sys.exit(f'{parser.prog}: error: {error}')


if __name__ == '__main__':
    main()
