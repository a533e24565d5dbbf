"""Published checkpoints, recognised and converted to mmseg's."""

from .conversion import convert, convert_file
from .report import report

__all__ = ['convert', 'convert_file', 'report']
