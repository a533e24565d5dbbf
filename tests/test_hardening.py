"""Hardening of a whole process, tested in new processes."""

import pytest

pytestmark = pytest.mark.integration

WEIGHTS = """
import torch
from mmengine.runner import checkpoint
def takes_foreign_weights():
    try:
        other = torch.nn.Conv2d(1, 1, 1).state_dict()
        checkpoint.load_state_dict(torch.nn.Linear(2, 3), other)
    except ValueError:
        return False
    return True
"""
BUILT = """
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS, TRANSFORMS
init_default_scope('mmseg')
def built():
    return [
        type(TRANSFORMS.build(dict(type='LoadImageFromFile'))).__name__,
        type(TRANSFORMS.build(dict(type='LoadAnnotations'))).__name__,
        type(MODELS.build(dict(type='CrossEntropyLoss'))).__name__,
    ]
"""
RUNNER = """
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.runner import Runner
from mmseg.registry import MODELS
@MODELS.register_module()
class Echo(BaseModel):
    def forward(self, inputs, mode='tensor'):
        return inputs
def runner(**options):
    config = dict(
        model=dict(type='Echo'),
        default_scope='mmseg',
        work_dir='.',
        log_level='ERROR',
    )
    return type(Runner.from_cfg(Config(dict(config, **options)))).__name__
"""


def test_importing_changes_nothing_and_hardening_does(fresh):
    worked, output = fresh(
        'import refinenet_mmseg'
        + WEIGHTS
        + BUILT
        + """
assert takes_foreign_weights()
assert built() == [
    'LoadImageFromFile', 'LoadAnnotations', 'CrossEntropyLoss'
], built()
refinenet_mmseg.harden()
refinenet_mmseg.harden()
assert not takes_foreign_weights()
assert built() == [
    'StrictLoadImageFromFile',
    'StrictLoadAnnotations',
    'ClassWeightedCrossEntropyLoss',
], built()
"""
    )
    assert worked, output


def test_runners_of_the_process_are_safe(fresh):
    worked, output = fresh(
        'import refinenet_mmseg'
        + RUNNER
        + """
assert runner(experiment_name='a') == 'Runner'
refinenet_mmseg.harden()
assert runner(experiment_name='b') == 'SafeRunner'
"""
    )
    assert worked, output


def test_a_config_may_import_a_module_that_hardens(fresh, tmp_path):
    (tmp_path / 'hardened.py').write_text(
        'import refinenet_mmseg\n\nrefinenet_mmseg.harden()\n'
    )
    (tmp_path / 'config.py').write_text(
        "custom_imports = dict(imports=['hardened'])\n"
    )
    worked, output = fresh(
        RUNNER
        + """
Config.fromfile('config.py')
assert runner(experiment_name='a') == 'SafeRunner'
"""
    )
    assert worked, output
