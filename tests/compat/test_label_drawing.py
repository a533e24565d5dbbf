import cv2
import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.visualization import SegLocalVisualizer


def draw(function):
    image = np.zeros((3, 64, 80), np.uint8).transpose(1, 2, 0)
    labels = torch.zeros(1, 64, 80, dtype=torch.int64)
    labels[:, 20:40, 20:60] = 1
    return function(
        SegLocalVisualizer(alpha=1),
        image,
        PixelData(data=labels),
        ['background', 'box'],
        [[0, 0, 0], [10, 200, 30]],
        with_labels=True,
    )


def test_names_are_drawn_on_an_image_with_channels_first():
    function = SegLocalVisualizer._draw_sem_seg
    assert (draw(function) == [10, 200, 30]).all(axis=2).any()
    original = getattr(function, '__wrapped__', None)
    if original is not None:  # where the defect is
        with pytest.raises(cv2.error, match='incompatible with cv::Mat'):
            draw(original)
