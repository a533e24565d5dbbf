"""What a model consists of."""

from collections.abc import Mapping
from typing import Any

from mmengine.model import BaseTTAModel, is_model_wrapper
from torch import nn


def describe_network(model: nn.Module, config: Any) -> dict[str, Any]:
    """Describe a segmentor.

    Args:
        model: The segmentor, in whatever it is wrapped for several processes
            or augmentations.
        config: Its config.

    Returns:
        The fields of a result about the network.
    """
    if is_model_wrapper(model):
        model = model.module
    averages = isinstance(model, BaseTTAModel)
    if averages:
        model, config = model.module, config['module']
    head = model.decode_head
    # A cascade's last head gives the labels.
    head = head[-1] if isinstance(head, nn.ModuleList) else head
    size = model.data_preprocessor.size
    return dict(
        head=type(head).__name__,
        backbone=_name_backbone(config['backbone']),
        input_size=None if size is None else [int(side) for side in size],
        test_time_augmentation=averages,
    )


def _name_backbone(config: Mapping[str, Any]) -> str:
    """Name a backbone with its depth or variant: ``ResNet-18``."""
    name = config['type'].split('.')[-1]
    for key in ('depth', 'arch', 'model_name'):
        if isinstance(config.get(key), (str, int)):
            name += f'-{config[key]}'
    if isinstance(config.get('backbone'), Mapping):
        name += f'({_name_backbone(config["backbone"])})'
    return name
