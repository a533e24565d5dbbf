"""RefineNet as a plugin for MMSegmentation: importing it registers it."""

from .compat import apply_import_shims, check_requirements

check_requirements()
apply_import_shims()

# Importing these fills mmseg's registries.
from . import datasets, engine, evaluation, models  # noqa: E402
from .configs import config_path  # noqa: E402
from .hardening import harden  # noqa: E402
from .version import __version__  # noqa: E402

__all__ = [
    '__version__',
    'config_path',
    'datasets',
    'engine',
    'evaluation',
    'harden',
    'models',
]
