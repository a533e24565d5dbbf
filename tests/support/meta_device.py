"""Full-size networks without their memory."""

import torch
from mmseg.registry import MODELS
from torch.overrides import TorchFunctionMode


class ReadableNumbers(TorchFunctionMode):
    """Keeps ``torch.linspace`` off the meta device.

    mmseg's and mmpretrain's backbones read their drop path rates from it.
    """

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func is torch.linspace:
            kwargs['device'] = 'cpu'
        return func(*args, **kwargs)


def on_meta_device(model_config):
    with torch.device('meta'), ReadableNumbers():
        return MODELS.build(model_config)
