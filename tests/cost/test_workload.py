"""Workloads are built from any mmseg config, and load weights as data."""

import pytest
import torch
from support.faults import Trap
from support.networks import write_refinenet_config

from refinenet_mmseg.cost.workload import build_model


def test_a_config_without_a_model_is_refused(tmp_path):
    path = tmp_path / 'empty.py'
    path.write_text('a = 1\n')
    with pytest.raises(ValueError, match=r'empty\.py has no model'):
        build_model(path)


def test_checkpoints_are_loaded_as_data(tmp_path):
    config, trap = write_refinenet_config(tmp_path), tmp_path / 'trap'
    for name, content, message in (
        ('trap.pth', dict(meta=Trap(trap)), 'trust-checkpoint'),
        ('foreign.pth', {'a.weight': torch.ones(1)}, 'fits EncoderDecoder'),
    ):
        torch.save(content, tmp_path / name)
        with pytest.raises(ValueError, match=message):
            build_model(config, tmp_path / name)
    assert not trap.exists()
