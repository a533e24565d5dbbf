"""Read a data set before training does: what tools/check_dataset.py runs."""

from .checker import Report, check_dataset
from .command import add_check_arguments, run_check

__all__ = ['Report', 'add_check_arguments', 'check_dataset', 'run_check']
