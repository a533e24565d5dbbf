"""Changes that importing makes in other packages: an explicit list."""

import json
import subprocess
import sys

import pytest
from support import UPSTREAM, import_changes

pytestmark = pytest.mark.integration

# The tables of packages whose configs a base may name, and how they are found.
TABLES = (
    'mmengine.config.utils.MODULE2PACKAGE',
    'mmengine.config.utils.PKG2PROJECT',
    'mmengine.infer.infer.MODULE2PACKAGE',
    'mmengine.registry.registry.MODULE2PACKAGE',
)
ALLOWED = {'mmengine.config.config.Config._get_cfg_path'}
ALLOWED |= {f'{table}: refinenet_mmseg' for table in TABLES}
if UPSTREAM:  # which does not allow its own history to be loaded
    ALLOWED.add(
        'torch._weights_only_unpickler._marked_safe_globals_set: '
        "(<class 'mmengine.logging.history_buffer.HistoryBuffer'>, "
        "'mmengine.logging.history_buffer.HistoryBuffer')"
    )
else:  # whose distributions have other names than mmengine's tables
    ALLOWED |= {
        f'{table}: {name}'
        for table in TABLES
        for name in ('mmpretrain', 'mmseg')
    }
# All that an earlier version replaced, and one that nobody ever has.
PATCHES = (
    'mmcv.image.io.imfrombytes',
    'mmcv.transforms.loading.LoadImageFromFile.transform',
    'mmengine.analysis.get_model_complexity_info',
    'mmengine.dataset.sampler.InfiniteSampler.skip',
    'mmengine.dist.utils._init_dist_pytorch',
    'mmengine.model.wrappers.distributed.MMDistributedDataParallel.__init__',
    'mmengine.runner.checkpoint.CheckpointLoader.load_checkpoint',
    'mmengine.runner.checkpoint._safe_torch_load',
    'mmengine.runner.checkpoint.load_from_http',
    'mmengine.runner.checkpoint.load_state_dict',
    'mmengine.runner.checkpoint.load_url',
    'mmengine.runner.loops.IterBasedTrainLoop.run',
    'mmengine.runner.runner.Runner.resume',
    'mmpretrain.apis.model.get_model',
    'mmseg.apis.inference._preprare_data',
    'mmseg.datasets.transforms.loading.LoadAnnotations._load_seg_map',
    'mmseg.models.losses.cross_entropy_loss.cross_entropy',
    'mmseg.visualization.local_visualizer.SegLocalVisualizer._draw_sem_seg',
    'torch.serialization.load',
)
REPLACE = """
import importlib
def replace(path):
    *parents, name = path.split('.')
    classes = [part for part in parents if part[0].isupper()]
    modules = parents[:len(parents) - len(classes)]
    owner = importlib.import_module('.'.join(modules))
    for part in classes:
        owner = getattr(owner, part)
    setattr(owner, name, lambda *args, **kwargs: None)
"""
REGISTRIES = """
from mmcv.transforms import TRANSFORMS
from mmengine.runner.checkpoint import CheckpointLoader
TRANSFORMS._module_dict['LoadImageFromFile'] = object
CheckpointLoader._schemes['http://'] = print
"""


def find_changes(*code):
    finished = subprocess.run(
        [sys.executable, import_changes.__file__, *code],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(finished.stdout))


def test_importing_registers_and_does_nothing_else():
    assert find_changes() == ALLOWED


def test_every_patch_would_be_noticed():
    code = REPLACE + '\n'.join(f'replace({path!r})' for path in PATCHES)
    found = find_changes(code, REGISTRIES)
    assert not set(PATCHES) - found
    entries = {path for path in found if ': ' in path}
    assert any('LoadImageFromFile' in path for path in entries)
    assert any(path.endswith('_schemes: http://') for path in entries)


def test_importing_twice_is_importing_once(fresh):
    worked, output = fresh(
        'import sys, refinenet_mmseg\n'
        'from mmengine.config import Config\n'
        'found = Config._get_cfg_path\n'
        'from refinenet_mmseg.compat import apply_import_shims\n'
        'apply_import_shims()\n'
        'assert Config._get_cfg_path is found\n'
        "for name in [n for n in sys.modules if n.startswith('refinenet')]:\n"
        '    if ".compat" in name: del sys.modules[name]\n'
        'from refinenet_mmseg.compat import apply_import_shims\n'
        'apply_import_shims()\n'
        'assert Config._get_cfg_path is found\n'
    )
    assert worked, output


def test_packages_that_mmseg_does_without_are_imported_when_needed(fresh):
    worked, output = fresh(
        'import sys, refinenet_mmseg\n'
        "slow = {'jsonschema', 'matplotlib.pyplot', 'onnx', 'plotly'}\n"
        'assert not slow & set(sys.modules), slow & set(sys.modules)\n'
    )
    assert worked, output
