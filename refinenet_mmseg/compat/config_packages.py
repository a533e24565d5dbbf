"""Packages in the bases of a config: ``package::path``."""

from importlib.metadata import PackageNotFoundError, version

from mmengine.config import Config
from mmengine.config.utils import MODULE2PACKAGE

from ..configs import config_path

OWN_SCOPE = 'refinenet_mmseg'


def register_config_prefix() -> None:
    """Register the prefix ``refinenet_mmseg::`` for bases of configs.

    What: ``refinenet_mmseg::...`` ends in ``AssertionError: mmengine does
    not support to load refinenet_mmseg config``.
    Where: mmengine, ``config/utils.py``, a fixed table of packages; besides,
    a package's configs are looked for in ``.mim/`` only, which a checkout has
    not; seen in 0.10.7 and in OneDL's 0.10.12.
    Until: mmengine lets a package register its configs.
    """
    if OWN_SCOPE in MODULE2PACKAGE:
        return
    MODULE2PACKAGE[OWN_SCOPE] = OWN_SCOPE
    original = Config._get_cfg_path

    def get_cfg_path(cfg_path: str, filename: str) -> tuple[str, str | None]:
        scope, separator, name = cfg_path.partition('::')
        if separator and scope == OWN_SCOPE:
            # Our types live in mmseg's registries: no scope of their own.
            return config_path(name), None
        return original(cfg_path, filename)

    Config._get_cfg_path = staticmethod(get_cfg_path)


def find_renamed_config_packages() -> None:
    """Register OneDL's distributions for bases of configs.

    What: ``mmseg::...`` ends in ``mmsegmentation is not installed``.
    Where: OneDL's mmengine (0.10.12), ``config/utils.py``: the table still
    has the names of the upstream distributions.
    Until: the table names OneDL's distributions.
    """
    for module, package in MODULE2PACKAGE.items():
        renamed = f'onedl-{package}'
        if not _is_installed(package) and _is_installed(renamed):
            MODULE2PACKAGE[module] = renamed


def _is_installed(distribution: str) -> bool:
    # mmengine's own test needs pkg_resources, which warns or is missing.
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True
