"""Changes that importing the package makes in other packages.

    python import_changes.py [CODE]

compares everything below mmengine, mmcv, mmseg, mmpretrain and torch before
and after the import, and after CODE where it is given: the attributes of each
module and class, and the content of their tables, registries among them. What
the package registers there is left out, new modules are, too.
"""

import contextlib
import importlib
import io
import json
import pkgutil
import sys
import warnings
from importlib.machinery import ModuleSpec
from types import ModuleType

import torch

PACKAGES = ('mmengine', 'mmcv', 'mmseg', 'mmpretrain')


class Operators(ModuleType):
    """Any operator: without them, upstream's mmseg cannot be imported."""

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        return len


def prepare():
    """Put in place what the packages need to be imported and looked at."""
    try:
        importlib.import_module('torchvision')
    except RuntimeError:
        for name in list(sys.modules):
            if name.startswith('torchvision'):
                del sys.modules[name]
        library = torch.library.Library('torchvision', 'DEF')
        library.define('nms(Tensor a, Tensor b, float c) -> Tensor')
        library.define('qnms(Tensor a, Tensor b, float c) -> Tensor')
        sys.kept_library = library  # declarations last as long as this does
    try:
        importlib.import_module('mmseg.models')
    except ModuleNotFoundError as error:
        module = sys.modules[error.name] = Operators(error.name)
        module.__spec__ = ModuleSpec(error.name, loader=None)


def import_all():
    """Import every module of the packages that can be imported."""
    for package in PACKAGES:
        module = importlib.import_module(package)
        names = pkgutil.walk_packages(
            module.__path__, f'{package}.', onerror=lambda name: None
        )
        for info in names:
            if '.mim.' not in info.name:
                with contextlib.suppress(Exception):
                    importlib.import_module(info.name)


def table_of(value):
    """Return the content of a registry or a plain collection, if it is one."""
    if type(value).__name__ == 'Registry':
        return {**value._module_dict, **value._children}
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, (list, set, frozenset)):
        return {id(item): item for item in value}
    return None


def snapshot():
    """Take every attribute of the packages' modules and classes."""
    owners = {}
    for name, module in list(sys.modules.items()):
        if name.split('.')[0] in (*PACKAGES, 'torch') and module is not None:
            owners[name] = module
            for value in list(vars(module).values()):
                if isinstance(value, type):
                    home = value.__module__
                    if home.split('.')[0] in (*PACKAGES, 'torch'):
                        owners[f'{home}.{value.__qualname__}'] = value
    return {
        owner: {
            key: (value, table_of(value))
            for key, value in list(vars(content).items())
        }
        for owner, content in owners.items()
    }


def is_ours(value):
    """Return whether a value was defined by the package."""
    if isinstance(value, tuple) and value:
        value = value[0]
    module = getattr(value, '__module__', None)
    return isinstance(module, str) and module.startswith('refinenet_mmseg')


def is_plain(value):
    return value is None or type(value) in (int, float, str, bool, bytes)


def differences(before, after):
    """List the attributes, and entries of tables, that differ."""
    for owner in before.keys() & after.keys():
        old, new = before[owner], after[owner]
        for key in old.keys() | new.keys():
            path = f'{owner}.{key}'
            if key not in new:
                yield path
            elif key not in old:
                if not isinstance(new[key][0], ModuleType):
                    yield path
            elif new[key][1] is not None and old[key][1] is not None:
                one, other = old[key][1], new[key][1]
                for name in one.keys() | other.keys():
                    if name not in one and is_ours(other[name]):
                        continue
                    if (
                        name not in one
                        or name not in other
                        or one[name] is not other[name]
                    ):
                        entry = other.get(name, one.get(name))
                        label = name if isinstance(name, str) else entry
                        yield f'{path}: {label}'
            elif new[key][0] is not old[key][0] and not (
                is_plain(new[key][0]) and new[key][0] == old[key][0]
            ):
                yield path


def main():
    with contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter('ignore')
        prepare()
        import_all()
        before = snapshot()
        importlib.import_module('refinenet_mmseg')
        for code in sys.argv[1:]:
            exec(code, {})
        after = snapshot()
    print(json.dumps(sorted(differences(before, after))))


if __name__ == '__main__':
    main()
