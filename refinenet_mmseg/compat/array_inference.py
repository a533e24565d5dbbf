"""Inference on an image that is in memory already."""

import copy
import functools
from types import SimpleNamespace
from typing import Any

import numpy as np
from mmengine import ConfigDict
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
        if pipeline is None:
            return original(images, model)
        # Another's copy: what is put back at the end, other threads would
        # have seen in between.
        cfg = ConfigDict(test_pipeline=pipeline)
        return original(images, SimpleNamespace(cfg=cfg))

    inference._preprare_data = prepare_data


def check_array_images() -> None:
    """Refuse an array that is no image.

    What: of an array with NaN or of 16 bits, a model predicts anything; one
    of four channels, with its channels first or of no pixels ends in an error
    deep in the network.
    Where: mmsegmentation, ``apis/inference.py``, ``_preprare_data``; seen in
    1.2.2 and in OneDL's 1.4.2.
    Until: mmsegmentation looks at what it is given.
    """
    original = getattr(inference, '_preprare_data', None)
    if original is None:
        return

    @functools.wraps(original)
    def prepare_data(images: Any, model: nn.Module) -> Any:
        several = images if isinstance(images, (list, tuple)) else [images]
        for index, image in enumerate(several):
            if isinstance(image, np.ndarray):
                _check_array(image, f'image {index}')
        return original(images, model)

    inference._preprare_data = prepare_data


def _check_array(image: np.ndarray, name: str) -> None:
    is_image = image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)
    if not is_image or not image.size:
        raise ValueError(
            f'{name} is an array of shape {image.shape} rather than (H, W, 3) '
            'in the order blue, green, red, or (H, W) in gray'
        )
    if image.dtype != np.uint8 and image.dtype.kind != 'f':
        raise ValueError(
            f'{name} is an array of {image.dtype}; give values of 0 to 255 '
            'as uint8 or as floating-point numbers'
        )
    if not np.isfinite(image).all():
        raise ValueError(f'{name} is an array with values that are not finite')
