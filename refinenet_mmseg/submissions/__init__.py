"""Submissions: archives of label maps for test servers."""

from .command import (
    add_check_arguments,
    add_make_arguments,
    run_check,
    run_make,
)
from .making import make_submission
from .targets import TARGETS, ImageFile, Target, find_test_images, get_target
from .validation import validate_submission

__all__ = [
    'TARGETS',
    'ImageFile',
    'Target',
    'add_check_arguments',
    'add_make_arguments',
    'find_test_images',
    'get_target',
    'make_submission',
    'run_check',
    'run_make',
    'validate_submission',
]
