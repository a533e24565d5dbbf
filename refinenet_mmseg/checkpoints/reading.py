"""Checkpoint files, read as data."""

import hashlib
from pathlib import Path

from ..safe_loading import read_checkpoint

__all__ = ['file_sha256', 'read_checkpoint']


def file_sha256(path: str | Path) -> str:
    """Compute the SHA-256 of a file, in hexadecimal digits.

    Args:
        path: The file.
    """
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()
