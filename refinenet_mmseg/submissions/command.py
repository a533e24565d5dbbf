"""Command lines of ``make_submission.py`` and ``check_submission.py``."""

import argparse

from ..cli import add_device_argument, add_model_arguments
from .making import make_submission
from .targets import COMPETITIONS, TARGETS, find_test_images, get_target
from .validation import validate_submission

MAX_PROBLEMS_SHOWN = 20


def add_make_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of making a submission."""
    add_model_arguments(parser)
    _add_target_arguments(parser)
    parser.add_argument(
        '--out', required=True, metavar='FILE', help='archive to write'
    )
    parser.add_argument(
        '--images',
        metavar='DIR',
        help="folder of the test images (default: mmseg's, in the data root)",
    )
    parser.add_argument(
        '--tta', action='store_true', help='average over augmentations'
    )
    add_device_argument(parser)


def add_check_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of checking a submission."""
    parser.add_argument('archive', metavar='FILE', help='archive to check')
    _add_target_arguments(parser)
    parser.add_argument(
        '--images', required=True, metavar='DIR', help='the test images'
    )


def run_make(arguments: argparse.Namespace) -> None:
    """Make a submission and print a summary.

    Args:
        arguments: Those of :func:`add_make_arguments`.

    Raises:
        OSError: If a file is missing or cannot be read.
        ValueError: If arguments do not fit.
    """
    target = get_target(arguments.target, arguments.competition)
    predicted = make_submission(
        arguments.config,
        arguments.checkpoint,
        target,
        arguments.out,
        images=arguments.images,
        tta=arguments.tta,
        trial=arguments.trial,
        device=arguments.device,
        cfg_options=arguments.cfg_options,
        trust_checkpoint=arguments.trust_checkpoint,
    )
    print(
        f'{arguments.out} is complete and checked; {predicted:,} images are '
        'new'
    )
    if arguments.out.endswith('.zip') and target.archives[0] != '.zip':
        print(
            f'The server of {target.title} unpacks '
            f'{" and ".join(target.archives[:-1])}: name --out so to send it; '
            'nothing will be predicted again'
        )


def run_check(arguments: argparse.Namespace) -> int:
    """Check an archive against the test images and print its problems.

    Args:
        arguments: Those of :func:`add_check_arguments`.

    Returns:
        0 for a good archive, 1 for one with problems.

    Raises:
        OSError: If a file is missing or cannot be read.
        ValueError: If arguments do not fit.
    """
    target = get_target(arguments.target, arguments.competition)
    images = find_test_images(target, arguments.images, arguments.trial)
    problems = validate_submission(
        arguments.archive, target, images, show_progress=True
    )
    for problem in problems[:MAX_PROBLEMS_SHOWN]:
        print(problem)
    hidden = len(problems) - MAX_PROBLEMS_SHOWN
    if hidden > 0:
        print(f'and {hidden:,} more')
    if not problems:
        print(f'{arguments.archive}: nothing wrong')
    return 1 if problems else 0


def _add_target_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('--target', required=True, choices=TARGETS, help='whose server')
    add(
        '--competition',
        choices=COMPETITIONS,
        help="of voc2012: comp5 for training on VOC's own images alone, "
        'comp6 (the default) for all else, ImageNet and SBD included',
    )
    add(
        '--trial',
        action='store_true',
        help="accept other images than the server's, to try things out",
    )
