"""Pictures of labels with the classes' names in them."""

import functools
from typing import Any

import numpy as np
from mmseg.visualization import SegLocalVisualizer

from .words import words_of


def draw_labels_on_any_image() -> None:
    """Let browse_dataset draw.

    What: drawing labels with their names ends in ``Layout of the output array
    img is incompatible with cv::Mat`` for images whose channels come first in
    memory, which is how mmseg's pipelines make them.
    Where: mmsegmentation, ``visualization/local_visualizer.py``,
    ``_draw_sem_seg``; seen in 1.2.2, not in OneDL's.
    Until: it draws on an array of OpenCV's layout.
    """
    original = SegLocalVisualizer._draw_sem_seg
    if 'ascontiguousarray' in words_of(original):
        return

    @functools.wraps(original)
    def draw(
        self: SegLocalVisualizer, image: np.ndarray, *args: Any, **kwargs: Any
    ) -> np.ndarray:
        return original(self, np.ascontiguousarray(image), *args, **kwargs)

    SegLocalVisualizer._draw_sem_seg = draw
