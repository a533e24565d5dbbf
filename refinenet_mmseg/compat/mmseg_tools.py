"""Repairs of mmseg's own tools, in the process that runs one of them."""

import functools
from collections.abc import Callable
from typing import Any

import mmengine.analysis
import numpy as np
from mmseg.visualization import SegLocalVisualizer


def repair_mmseg_tools() -> None:
    """Repair mmseg's tools for the rest of this process."""
    accept_shape_beside_inputs()
    draw_labels_on_any_image()


def accept_shape_beside_inputs() -> None:
    """Repair ``get_flops``, which gives a shape beside the inputs.

    What: ``get_flops.py`` ends in ``"input_shape" and "inputs" cannot be both
    set``.
    Where: mmsegmentation, ``tools/analysis_tools/get_flops.py``, which gives
    both; mmengine, ``analysis``, which refuses; seen in 1.2.2 with 0.10.7, not
    in OneDL's.
    Until: one of them gives way.
    """
    original = mmengine.analysis.get_model_complexity_info
    if not _mentions(original, 'cannot be both set'):
        return

    @functools.wraps(original)
    def count(
        model: Any, input_shape: Any = None, inputs: Any = None, **kwargs: Any
    ) -> Any:
        if inputs is not None:
            input_shape = None
        return original(model, input_shape, inputs, **kwargs)

    mmengine.analysis.get_model_complexity_info = count


def draw_labels_on_any_image() -> None:
    """Repair ``browse_dataset``, which draws on channels-first images.

    What: drawing labels with their names ends in ``Layout of the output array
    img is incompatible with cv::Mat`` for images whose channels come first in
    memory, which is how mmseg's pipelines make them.
    Where: mmsegmentation, ``visualization/local_visualizer.py``,
    ``_draw_sem_seg``; seen in 1.2.2, not in OneDL's.
    Until: it draws on an array of OpenCV's layout.
    """
    original = SegLocalVisualizer._draw_sem_seg
    if _mentions(original, 'ascontiguousarray'):
        return

    @functools.wraps(original)
    def draw(
        self: SegLocalVisualizer, image: np.ndarray, *args: Any, **kwargs: Any
    ) -> np.ndarray:
        return original(self, np.ascontiguousarray(image), *args, **kwargs)

    SegLocalVisualizer._draw_sem_seg = draw


def _mentions(function: Callable[..., Any], text: str) -> bool:
    """Return whether a name or a text is part of a function's code.

    Unlike its source, the code is there in every installation.
    """
    code = function.__code__
    return any(text in str(part) for part in (*code.co_names, *code.co_consts))
