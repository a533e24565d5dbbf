"""Loading of any mmseg segmentor, with class names and colors."""

import copy
from collections.abc import Mapping
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch
from mmengine import Config
from mmseg.apis import init_model
from torch import nn

from ..compat.requirements import missing_timm_explained
from ..configs import read_config
from ..networks import check_complete_weights
from ..safe_loading import read_checkpoint
from .drawing import name_classes


def load_segmentor(
    config: str | Path | Config,
    checkpoint: str | Path,
    device: str | None = None,
    cfg_options: dict[str, Any] | None = None,
    trust_checkpoint: bool = False,
) -> nn.Module:
    """Load a segmentor, ready to predict.

    Unless the checkpoint names as many classes as the model has,
    ``model.dataset_meta`` gets generated names and colors.

    Args:
        config: Config of the model; a ``Config`` is left unchanged.
        checkpoint: File of its weights.
        device: torch's name of the device. Default: CUDA if there is one.
        cfg_options: Overrides of config keys. Default: None.
        trust_checkpoint: Whether to load objects that could run code.
            Default: False.

    Raises:
        FileNotFoundError: If the config or the checkpoint is missing.
        ImportError: If the backbone is timm's, which is not installed.
        ValueError: If the device, config or checkpoint cannot be used.
    """
    for file in (config, checkpoint):
        if not isinstance(file, Config) and not Path(file).is_file():
            raise FileNotFoundError(f'no such file: {file}')
    device = device or ('cuda' if torch.cuda.is_available() else 'cpu')
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f'cannot use device {device!r}: {shorten(str(error), 200)}'
        ) from error
    config = (
        copy.deepcopy(config)  # init_model writes into it
        if isinstance(config, Config)
        else read_config(config)
    )
    with missing_timm_explained():
        model = init_model(config, None, device, cfg_options)
    dataset_meta = _load_weights(model, str(checkpoint), trust_checkpoint)
    if 'test_pipeline' not in model.cfg:
        raise ValueError('the config has no test_pipeline to read images by')
    # A binary head of one output channel predicts 0 and 1.
    num_classes = 2 if model.out_channels == 1 else model.num_classes
    names, palette = name_classes(num_classes, dataset_meta)
    model.dataset_meta = {'classes': names, 'palette': palette}
    return model


def _load_weights(
    model: nn.Module, checkpoint: str, trust_checkpoint: bool
) -> dict[str, Any]:
    """Load the weights and return the class names and colors with them."""
    content = read_checkpoint(checkpoint, 'cpu', trust_checkpoint)
    try:
        weights = content.get('state_dict', content)
        weights = {k.removeprefix('module.'): v for k, v in weights.items()}
        model.load_state_dict(weights, strict=False)
    except Exception as error:
        # Content of other kinds may raise any error.
        raise ValueError(
            f'cannot load {checkpoint} into the model: {type(error).__name__} '
            f'{shorten(str(error), 200)}'
        ) from error
    check_complete_weights(model, weights, checkpoint)
    meta = content.get('meta')
    # mmseg 0.x wrote CLASSES and PALETTE straight into meta.
    if isinstance(meta, Mapping) and meta.get('dataset_meta'):
        meta = meta['dataset_meta']
    if not isinstance(meta, Mapping):
        return {}
    return {str(key).lower(): value for key, value in meta.items()}
