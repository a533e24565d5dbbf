"""Command-line arguments that tools share, and the exit of a tool."""

import argparse
import itertools
import pickle
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any, NamedTuple

from mmengine import Config, ConfigDict, DictAction

from .config_checks import PLAIN

# Errors that a wrong argument, config, file or checkpoint causes;
# :func:`is_user_error` lists more. Any other error is a bug and keeps its
# traceback.
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
OWN_PACKAGE = __name__.partition('.')[0]
# Packages that check their arguments by assertions.
OPENMMLAB = ('mmcv', 'mmengine', 'mmpretrain', 'mmseg')
# mmengine's functions that build an object from a config.
BUILDERS = ('build_from_cfg', 'build_optim_wrapper', 'from_cfg')
TRACEBACK = 'Traceback (most recent call last):'
# Before the traceback of an error in a data loader's worker.
WORKER_ERROR = f'Original {TRACEBACK}'


class Origin(NamedTuple):
    """Where an error comes from.

    Args:
        kind: Its class.
        file: The file of the code that raised it.
        message: Its message.
    """

    kind: type[BaseException]
    file: str
    message: str


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
    except Exception as error:
        if '--traceback' in given or not is_user_error(error):
            raise
        parser.exit(
            EXIT_STATUS, f'{parser.prog}: error: {describe_error(error)}\n'
        )
    sys.exit(status or 0)


def is_user_error(error: Exception) -> bool:
    """Return whether the user's input caused an error, rather than a bug.

    Beside ``USER_ERRORS``, these are the user's, unless code of this package
    raises them:

    - a key that a config lacks;
    - an assertion of OpenMMLab's packages, which check arguments so;
    - while mmengine builds an object from a config: any other assertion, an
      attribute of a plain value or of None, and a size that torch refuses.

    Args:
        error: The error. If a data loader's worker raised it, the worker's
            error decides.
    """
    origin = _find_origin(error)
    if issubclass(origin.kind, USER_ERRORS) or _find_config(error) is not None:
        return True
    if _is_in(origin.file, [OWN_PACKAGE]):
        return False
    if issubclass(origin.kind, AssertionError) and _is_in(
        origin.file, OPENMMLAB
    ):
        return True
    if _find_built(error) is None:
        return False
    if isinstance(error, AttributeError):
        return error.obj is None or isinstance(error.obj, PLAIN)
    return isinstance(error, AssertionError) or type(error) is RuntimeError


def describe_error(error: BaseException) -> str:
    """Put an error's message on one line.

    Args:
        error: The error. If a data loader's worker raised it, the message is
            that of the worker's error.
    """
    kind, _, message = _find_origin(error)
    config, built = _find_config(error), _find_built(error)
    if config is not None:
        others = shorten(', '.join(config), 100) or 'nothing'
        message = f'{message}: add the key to the config, beside {others}'
    # Messages of these seldom say which value is wrong, or in which file.
    if built is not None and (
        kind in (TypeError, UnicodeDecodeError)
        or not issubclass(kind, USER_ERRORS)
    ):
        message = f'cannot build {_format_built(built)}: {message}'
    message = ' '.join(message.split())
    if ' ' not in message:  # a name alone tells nothing
        return f'{kind.__name__}: {message}'.removesuffix(': ')
    return message


def _find_origin(error: BaseException) -> Origin:
    """Find where an error was raised, in a data loader's worker or here."""
    if WORKER_ERROR in str(error):
        return _parse_worker_error(error)
    frames = traceback.extract_tb(error.__traceback__)
    message = str(error)
    if isinstance(error, KeyError) and len(error.args) == 1:
        message = str(error.args[0])  # without the quotes around it
    if isinstance(error, AssertionError) and frames:
        message = message or frames[-1].line or ''
    return Origin(type(error), frames[-1].filename if frames else '', message)


def _parse_worker_error(error: BaseException) -> Origin:
    """Read the traceback of a worker, which is all that torch keeps of it.

    torch raises an error of the same class, or a ``RuntimeError`` where the
    class takes more than a message, as ``UnicodeDecodeError`` does.
    """
    _, _, last = str(error).rpartition(f'{TRACEBACK}\n')
    lines = last.splitlines()
    frames = list(itertools.takewhile(lambda line: line[:1] == ' ', lines))
    name, _, message = '\n'.join(lines[len(frames) :]).partition(':')
    module, _, name = name.strip().rpartition('.')
    classes = sys.modules.get(module or 'builtins')
    kind = getattr(classes, name, type(error))
    files = re.findall(r'^  File "(.*)", line', '\n'.join(frames), re.M)
    return Origin(kind, files[-1] if files else '', message)


def _is_in(file: str, packages: Iterable[str]) -> bool:
    """Return whether a file belongs to one of some imported packages."""
    modules = [sys.modules.get(package) for package in packages]
    return any(
        Path(file).is_relative_to(Path(module.__file__).parent)
        for module in modules
        if module is not None and module.__file__ is not None
    )


def _find_config(error: BaseException) -> Config | ConfigDict | None:
    """Find the config, or the part of one, that lacks a key."""
    if isinstance(error, AttributeError) and isinstance(
        error.obj, (Config, ConfigDict)
    ):
        return error.obj
    return None


def _find_built(error: BaseException) -> dict[str, Any] | Config | None:
    """Find the config of the object that was being built."""
    built = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        code = frame.f_code
        if code.co_name in BUILDERS and _is_in(code.co_filename, OPENMMLAB):
            config = frame.f_locals.get('cfg')
            built = config if isinstance(config, (dict, Config)) else built
    return built


def _format_built(config: dict[str, Any] | Config) -> str:
    """Name the object that a config describes, and its arguments."""
    arguments = []
    for key, value in config.items():
        if isinstance(value, dict) and 'type' in value:
            arguments.append(f'{key}={_name_type(value)}(...)')
        elif key != 'type' and isinstance(value, (bool, int, float, str)):
            arguments.append(f'{key}={value!r}')
    return f'{_name_type(config)}({shorten(", ".join(arguments), 200)})'


def _name_type(config: dict[str, Any] | Config) -> str:
    kind = config.get('type', 'the runner')
    return str(getattr(kind, '__name__', kind))


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
