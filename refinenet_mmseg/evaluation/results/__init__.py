"""The result file that a finished run leaves: written, read, validated."""

from .result_file import read_result, validate_result, write_result

__all__ = ['read_result', 'validate_result', 'write_result']
