"""What the tools that load a model, or read a config, are told alike."""

import argparse

from mmengine import DictAction


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add a model's config and weights, and overrides of the config.

    Args:
        parser: The tool's parser.
    """
    parser.add_argument('config', help='config file of the model')
    parser.add_argument('checkpoint', help='weights of the model')
    add_config_options(parser)


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """Add overrides of the config.

    Args:
        parser: The tool's parser.
    """
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        metavar='KEY=VALUE',
        help='config keys to override, such as '
        'train_dataloader.dataset.data_root=DIR',
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add the device that computes.

    Args:
        parser: The tool's parser.
    """
    parser.add_argument('--device', help='default: cuda if there is one')
