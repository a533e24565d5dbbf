"""Pickles that do something when they are loaded, and what shows it."""

import os


class Trap:
    """Pickled, it makes a folder on loading."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def code(folder):
    """Write a config that makes a folder when it is run."""
    return f"__import__('os').mkdir({str(folder)!r})\nmodel = dict(type='x')\n"
