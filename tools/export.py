"""Export a trained network as ONNX or as a program of torch.export.

The file runs without this package and mmseg. Its metadata hold what it takes
to run it: classes, palette, mean, standard deviation and channel order.
"""

import argparse

import refinenet_mmseg  # noqa: F401  (fills the registries)
from refinenet_mmseg.cli import run_tool
from refinenet_mmseg.deployment import add_export_arguments, run_export


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_export_arguments(parser)
    run_tool(parser, run_export)


if __name__ == '__main__':
    main()
