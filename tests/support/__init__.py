"""Helpers that several tests share."""

from importlib.metadata import PackageNotFoundError, version


def is_installed(distribution):
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


# Whether the tests run on the upstream distribution rather than OneDL's.
UPSTREAM = is_installed('mmsegmentation')
