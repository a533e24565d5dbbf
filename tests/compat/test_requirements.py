import importlib
from types import SimpleNamespace

import pytest

from refinenet_mmseg.compat.requirements import check_requirements


@pytest.fixture
def versions(monkeypatch):
    """Versions that importing reports; None stands for a missing module."""
    found = dict(torch='2.0', mmengine='0.10.7', mmcv='2.1.0', mmseg='1.2.2')

    def import_module(name):
        if found[name] is None:
            raise ModuleNotFoundError(f'No module named {name!r}', name=name)
        return SimpleNamespace(__version__=found[name])

    monkeypatch.setattr(importlib, 'import_module', import_module)
    return found


def test_accepts_supported_versions(versions):
    check_requirements()


@pytest.mark.parametrize('name', ['torch', 'mmengine', 'mmcv', 'mmseg'])
def test_says_what_to_install(versions, name):
    versions[name] = None
    with pytest.raises(ImportError, match=f'{name}.*pip install.*onedl'):
        check_requirements()


@pytest.mark.parametrize(
    ('name', 'version'),
    [('torch', '1.13.1'), ('mmseg', '0.30.0'), ('mmseg', '2.0.0')],
)
def test_names_an_unsupported_version(versions, name, version):
    versions[name] = version
    with pytest.raises(ImportError, match=f'{name}.*found {version}'):
        check_requirements()


def test_does_not_hide_an_import_error_within_a_module(versions, monkeypatch):
    def import_module(name):
        raise ModuleNotFoundError("No module named 'cv2'", name='cv2')

    monkeypatch.setattr(importlib, 'import_module', import_module)
    with pytest.raises(ModuleNotFoundError, match='cv2'):
        check_requirements()
