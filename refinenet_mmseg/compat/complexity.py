"""mmengine's counter of operations, as mmseg calls it."""

import functools
from typing import Any

import mmengine.analysis

from .words import words_of


def accept_shape_beside_inputs() -> None:
    """Let mmseg's get_flops count.

    What: ``get_flops.py`` ends in ``"input_shape" and "inputs" cannot be both
    set``.
    Where: mmsegmentation, ``tools/analysis_tools/get_flops.py``, which gives
    both; mmengine, ``analysis``, which refuses; seen in 1.2.2 with 0.10.7, not
    in OneDL's.
    Until: one of them gives way.
    """
    original = mmengine.analysis.get_model_complexity_info
    if 'cannot be both set' not in words_of(original):
        return

    @functools.wraps(original)
    def count(
        model: Any, input_shape: Any = None, inputs: Any = None, **kwargs: Any
    ) -> Any:
        if inputs is not None:
            input_shape = None
        return original(model, input_shape, inputs, **kwargs)

    mmengine.analysis.get_model_complexity_info = count
