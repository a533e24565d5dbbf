"""Published checkpoints, recognized and converted, and ours, published."""

from .conversion import convert, convert_file
from .publishing import publish_file
from .report import report

__all__ = ['convert', 'convert_file', 'publish_file', 'report']
