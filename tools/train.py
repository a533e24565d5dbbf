"""Train a model: mmseg's train.py with bf16 and CPU processes."""

import argparse

from refinenet_mmseg.cli import run_tool
from refinenet_mmseg.engine import launch


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    launch.add_train_arguments(parser)
    run_tool(parser, launch.run_train_tool)


if __name__ == '__main__':
    main()
