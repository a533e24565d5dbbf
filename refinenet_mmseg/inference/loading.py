"""Loading of any mmseg segmentor, with class names and colors."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch
from mmengine import Config
from mmseg.apis import init_model
from torch import nn

from ..compat.requirements import missing_timm_explained
from ..config_checks import require_keys
from ..configs import read_config
from ..networks import check_complete_weights
from ..safe_loading import check_checkpoint_path, read_checkpoint
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
    config = read_config(config, cfg_options)
    require_keys(config, 'a prediction', 'model.type', 'test_pipeline')
    check_checkpoint_path(checkpoint)
    device = device or ('cuda' if torch.cuda.is_available() else 'cpu')
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f'cannot use device {device!r}: {shorten(str(error), 200)}'
        ) from error
    with missing_timm_explained():
        model = init_model(config, None, device)
    dataset_meta = _load_weights(model, str(checkpoint), trust_checkpoint)
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
