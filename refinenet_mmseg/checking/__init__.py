"""Check of a config's data sets, which tools/check_dataset.py runs."""

from .checker import add_check_arguments, check_dataset, run_check
from .report import Report

__all__ = ['Report', 'add_check_arguments', 'check_dataset', 'run_check']
