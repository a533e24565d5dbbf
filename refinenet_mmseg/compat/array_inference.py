"""Inference on an image that is in memory already."""

import copy
import functools
from typing import Any

from mmseg.apis import inference
from torch import nn

from .words import words_of


def keep_pipeline_in_inference() -> None:
    """Let a model segment an array, then a file.

    What: after ``inference_model(model, array)``, a file's path ends in
    ``TypeError`` or ``KeyError``: the model keeps the loading step for arrays.
    Where: mmsegmentation, ``apis/inference.py``, ``_preprare_data``, which
    changes ``model.cfg``; seen in 1.2.2 and in OneDL's 1.4.2.
    Until: mmsegmentation copies the pipeline.
    """
    original = getattr(inference, '_preprare_data', None)
    if original is None or 'copy' in words_of(original):
        return

    @functools.wraps(original)
    def prepare_data(images: Any, model: nn.Module) -> Any:
        pipeline = copy.deepcopy(model.cfg.get('test_pipeline'))
        try:
            return original(images, model)
        finally:
            if pipeline is not None:
                model.cfg.test_pipeline = pipeline

    inference._preprare_data = prepare_data
