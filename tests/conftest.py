"""Fixtures that every test folder shares."""

import pytest
import torch
from mmengine.registry import init_default_scope

import refinenet_mmseg  # noqa: F401, registers the plugin


@pytest.fixture(autouse=True)
def mmseg_scope():
    init_default_scope('mmseg')


@pytest.fixture(autouse=True)
def fixed_seed():
    torch.manual_seed(0)
