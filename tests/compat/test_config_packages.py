import pytest
from mmengine.config import Config
from mmengine.config.utils import MODULE2PACKAGE
from mmengine.utils import is_installed
from support import UPSTREAM


def test_mmsegs_own_configs_are_found(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text("_base_ = 'mmseg::_base_/default_runtime.py'\n")
    assert Config.fromfile(path).default_scope == 'mmseg'
    assert is_installed(MODULE2PACKAGE['mmseg'])


@pytest.mark.integration
def test_the_defects_are_there(fresh):
    bare = (
        'from mmengine.config import Config\n'
        'open("a.py", "w").write("_base_ = {base!r}")\n'
        "Config.fromfile('a.py')"
    )
    defects = {
        'refinenet_mmseg::_base_/default_runtime.py': (
            'does not support to load refinenet_mmseg'
        )
    }
    if not UPSTREAM:
        defects['mmseg::_base_/default_runtime.py'] = (
            'mmsegmentation is not installed'
        )
    for base, message in defects.items():
        worked, output = fresh(bare.format(base=base))
        assert not worked
        assert message in output
        worked, output = fresh(
            'import refinenet_mmseg\n' + bare.format(base=base)
        )
        assert worked, output
