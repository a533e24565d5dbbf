"""Measure the size, time and memory of segmentors, several in turns.

Times are compared with the floor: the time of a model's convolutions alone,
one after another, on tensors of the same shapes.
"""

import argparse

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.cli import run_tool
from refinenet_mmseg.cost import add_benchmark_arguments, run_benchmark


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_benchmark_arguments(parser)
    run_tool(parser, run_benchmark)


if __name__ == '__main__':
    main()
