"""Import shims, which the packages below need to be imported.

Two distributions of OpenMMLab's packages share the same import names. Each
shim meets one defect, does nothing where the defect is absent, and the same
when it is applied again.
"""

from .requirements import check_requirements

__all__ = ['apply_import_shims', 'check_requirements']


def apply_import_shims() -> None:
    """Make the packages below importable, and configs known by their names."""
    # Not before check_requirements: these import what may be missing.
    from ..safe_globals import register_history_globals
    from .config_packages import (
        find_renamed_config_packages,
        register_config_prefix,
    )
    from .operators import (
        declare_torchvision_operators,
        stand_in_for_compiled_operators,
    )

    declare_torchvision_operators()
    stand_in_for_compiled_operators()
    register_config_prefix()
    find_renamed_config_packages()
    register_history_globals()
