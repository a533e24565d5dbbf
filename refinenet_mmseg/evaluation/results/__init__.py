"""Result files of finished runs."""

from .result_file import read_result, validate_result, write_result

__all__ = ['read_result', 'validate_result', 'write_result']
