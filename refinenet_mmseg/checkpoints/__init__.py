"""Conversion of published checkpoints, and publishing of trained ones."""

from .conversion import convert, convert_file, print_report
from .publishing import publish_file

__all__ = ['convert', 'convert_file', 'print_report', 'publish_file']
