"""What the tools of submissions do with their arguments."""

import argparse

from ..cli import add_device, add_model_arguments
from .images import find_images
from .making import make_submission
from .targets import COMPETITIONS, TARGETS, get_target
from .validation import validate_submission

MAX_LINES = 20


def add_target_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what making and checking have in common.

    Args:
        parser: The tool's parser.
    """
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


def add_make_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of making a submission.

    Args:
        parser: The tool's parser.
    """
    add = parser.add_argument
    add_model_arguments(parser)
    add_target_arguments(parser)
    add('--out', required=True, metavar='FILE', help='archive to write')
    add(
        '--images',
        metavar='DIR',
        help="folder of the test images (default: mmseg's, in the data root)",
    )
    add('--tta', action='store_true', help='average over augmentations')
    add_device(parser)


def run_make(args: argparse.Namespace) -> str:
    """Make a submission.

    Args:
        args: The parsed arguments.

    Returns:
        What was done, for the user.

    Raises:
        OSError: If a file is missing or cannot be read.
        ValueError: If arguments do not fit.
    """
    target = get_target(args.target, args.competition)
    predicted = make_submission(
        args.config,
        args.checkpoint,
        target,
        args.out,
        args.images,
        args.tta,
        args.trial,
        args.device,
        args.cfg_options,
    )
    done = f'{args.out} is complete and checked; {predicted:,} images are new'
    if args.out.endswith('.zip') and target.archives[0] != '.zip':
        done += (
            f'\nThe server of {target.title} unpacks '
            f'{" and ".join(target.archives[:-1])}: name --out so to send it; '
            'nothing will be predicted again'
        )
    return done


def run_check(args: argparse.Namespace) -> list[str]:
    """Check an archive against the test images.

    Args:
        args: The parsed arguments, with ``archive`` and ``images`` besides
            those of :func:`add_target_arguments`.

    Returns:
        What is wrong, up to a screenful.

    Raises:
        OSError: If a file is missing or cannot be read.
        ValueError: If arguments do not fit.
    """
    target = get_target(args.target, args.competition)
    images = find_images(target, args.images, args.trial)
    problems = validate_submission(args.archive, target, images, True)
    hidden = len(problems) - MAX_LINES
    if hidden > 0:
        return [*problems[:MAX_LINES], f'and {hidden:,} more']
    return problems
