"""Which distribution of OpenMMLab the tests run on."""

from importlib.metadata import PackageNotFoundError, version


def is_installed(distribution):
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


UPSTREAM = is_installed('mmsegmentation')
