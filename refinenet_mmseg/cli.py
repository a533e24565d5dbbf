"""Command-line arguments that tools share, and the exit of a tool."""

import argparse
import pickle
import sys
from collections.abc import Callable, Sequence

from mmengine import DictAction

# Errors that a wrong argument, config, file or checkpoint causes. Any other
# error is a bug and keeps its traceback.
USER_ERRORS = (
    FloatingPointError,
    ImportError,
    KeyError,
    OSError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
)
EXIT_STATUS = 2
# Line before the traceback of an error in a data loader's worker.
WORKER_ERROR = 'Original Traceback (most recent call last):'


def run_tool(
    parser: argparse.ArgumentParser,
    run: Callable[[argparse.Namespace], int | None],
    arguments: Sequence[str] | None = None,
) -> None:
    """Parse the command line, run a tool and exit with its status.

    A user's error ends in one line on stderr and exit status 2; with
    ``--traceback``, in its traceback.

    Args:
        parser: The tool's parser.
        run: Runs the tool with the parsed arguments and returns the exit
            status; None means 0.
        arguments: The command line. Default: that of the process.
    """
    parser.add_argument(
        '--traceback',
        action='store_true',
        help='show where an error comes from',
    )
    given = sys.argv[1:] if arguments is None else arguments
    try:
        parsed = parser.parse_args(given)
        del parsed.traceback
        status = run(parsed)
    except USER_ERRORS as error:
        if '--traceback' in given:
            raise
        parser.exit(
            EXIT_STATUS, f'{parser.prog}: error: {describe_error(error)}\n'
        )
    sys.exit(status or 0)


def describe_error(error: BaseException) -> str:
    """Put an error's message on one line.

    Args:
        error: The error. If a data loader's worker raised it, the message is
            that of the worker's error.
    """
    message = str(error)
    if isinstance(error, KeyError) and len(error.args) == 1:
        message = str(error.args[0])  # without the quotes around it
    if WORKER_ERROR in message:
        _, _, traceback = message.partition(WORKER_ERROR)
        lines = traceback.splitlines()
        # The message follows the last line of the traceback's frames.
        frames = [i for i, line in enumerate(lines) if line.startswith('  ')]
        message = '\n'.join(lines[frames[-1] + 1 :] if frames else lines)
        message = message.strip().removeprefix(f'{type(error).__name__}: ')
    message = ' '.join(message.split())
    if ' ' not in message:  # a name alone tells nothing
        return f'{type(error).__name__}: {message}'.removesuffix(': ')
    return message


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add config, checkpoint, ``--cfg-options`` and ``--trust-checkpoint``."""
    parser.add_argument('config', help='config file of the model')
    parser.add_argument('checkpoint', help='weights of the model')
    add_config_options(parser)
    add_trust_argument(parser)


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--cfg-options``, overrides of config keys."""
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        metavar='KEY=VALUE',
        help='config keys to override, such as '
        'train_dataloader.dataset.data_root=DIR',
    )


def add_trust_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--trust-checkpoint``, which lets a checkpoint run code."""
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='load objects that could run code: for a checkpoint of your own',
    )


def add_device_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--device``, torch's name of the device."""
    parser.add_argument('--device', help='default: cuda if there is one')
