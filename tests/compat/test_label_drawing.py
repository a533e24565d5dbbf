import numpy as np
import torch
from mmengine.structures import PixelData
from mmseg.visualization import SegLocalVisualizer


def test_names_are_drawn_on_an_image_with_channels_first():
    image = np.zeros((3, 64, 80), np.uint8).transpose(1, 2, 0)
    labels = torch.zeros(1, 64, 80, dtype=torch.int64)
    labels[:, 20:40, 20:60] = 1
    picture = SegLocalVisualizer(alpha=1)._draw_sem_seg(
        image,
        PixelData(data=labels),
        ['background', 'box'],
        [[0, 0, 0], [10, 200, 30]],
        with_labels=True,
    )
    assert (picture == [10, 200, 30]).all(axis=2).any()
