import copy
from types import SimpleNamespace

import numpy as np
import pytest
from mmengine import ConfigDict
from mmseg.apis import inference

PIPELINE = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs'),
]


@pytest.fixture
def model():
    return SimpleNamespace(
        cfg=ConfigDict(test_pipeline=copy.deepcopy(PIPELINE))
    )


def test_an_array_leaves_the_pipeline_alone(model):
    data, _ = inference._preprare_data(np.zeros((8, 8, 3), np.uint8), model)
    assert data['inputs'][0].shape == (3, 8, 8)
    assert model.cfg.test_pipeline == PIPELINE


def test_the_pipeline_survives_a_failure(model):
    with pytest.raises(FileNotFoundError):
        inference._preprare_data('nowhere.png', model)
    assert model.cfg.test_pipeline == PIPELINE


def test_the_defect_is_there(model):
    original = inference._preprare_data.__wrapped__
    original(np.zeros((8, 8, 3), np.uint8), model)
    assert model.cfg.test_pipeline != PIPELINE
