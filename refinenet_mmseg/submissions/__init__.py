"""Archives of label maps for the servers that hold the test labels."""

from .command import (
    add_make_arguments,
    add_target_arguments,
    run_check,
    run_make,
)
from .images import ImageFile, find_images
from .making import make_submission
from .targets import TARGETS, Target, get_target
from .validation import validate_submission

__all__ = [
    'TARGETS',
    'ImageFile',
    'Target',
    'add_make_arguments',
    'add_target_arguments',
    'find_images',
    'get_target',
    'make_submission',
    'run_check',
    'run_make',
    'validate_submission',
]
