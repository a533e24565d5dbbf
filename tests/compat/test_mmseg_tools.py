import cv2
import mmengine.analysis
import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.visualization import SegLocalVisualizer
from support import UPSTREAM
from torch import nn

from refinenet_mmseg.compat.mmseg_tools import repair_mmseg_tools


@pytest.fixture
def repaired(monkeypatch):
    """Repair the tools for one test."""
    for owner, name in (
        (mmengine.analysis, 'get_model_complexity_info'),
        (SegLocalVisualizer, '_draw_sem_seg'),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    repair_mmseg_tools()


def count():
    model = nn.Conv2d(3, 4, 1, bias=False)
    return mmengine.analysis.get_model_complexity_info(
        model,
        (3, 5, 5),
        inputs=torch.ones(1, 3, 5, 5),
        show_table=False,
        show_arch=False,
    )['flops']


def draw():
    image = np.zeros((3, 64, 80), np.uint8).transpose(1, 2, 0)
    labels = torch.zeros(1, 64, 80, dtype=torch.int64)
    labels[:, 20:40, 20:60] = 1
    return SegLocalVisualizer(alpha=1)._draw_sem_seg(
        image,
        PixelData(data=labels),
        ['background', 'box'],
        [[0, 0, 0], [10, 200, 30]],
        with_labels=True,
    )


def test_a_shape_beside_inputs_is_no_error(repaired):
    assert count() == 4 * 3 * 25


def test_names_are_drawn_on_an_image_with_channels_first(repaired):
    assert (draw() == [10, 200, 30]).all(axis=2).any()


def test_repairing_twice_is_repairing_once(repaired):
    before = SegLocalVisualizer._draw_sem_seg
    count_before = mmengine.analysis.get_model_complexity_info
    repair_mmseg_tools()
    assert SegLocalVisualizer._draw_sem_seg is before
    assert mmengine.analysis.get_model_complexity_info is count_before


@pytest.mark.skipif(
    not UPSTREAM, reason='needs a distribution with the defect'
)
def test_the_defects_are_there():
    with pytest.raises(ValueError, match='cannot be both set'):
        count()
    with pytest.raises(cv2.error, match='incompatible with cv::Mat'):
        draw()
