import logging
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.logging import print_log
from mmengine.optim import OptimWrapper
from mmseg.registry import OPTIM_WRAPPERS
from torch import nn

from ..devices import supports_bf16


@OPTIM_WRAPPERS.register_module()
class Bf16OptimWrapper(OptimWrapper):
    """Train under bf16 autocast, on any device and without a loss scaler.

    bf16 has fp32's range, so gradients need no scaling; the weights stay
    fp32. mmengine's ``AmpOptimWrapper`` always scales and refuses a CPU.
    On a device without bf16 arithmetic, training runs in fp32, with a warning.

    Args:
        kwargs: As mmengine's ``OptimWrapper``.
    """

    cast_dtype = torch.bfloat16

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._has_warned = False

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Run the forward pass under autocast.

        Args:
            model: The model in training.
        """
        device_type = next(model.parameters()).device.type
        enabled = supports_bf16(device_type)
        if not enabled and not self._has_warned:
            self._has_warned = True
            print_log(
                f'This {device_type} has no bf16 arithmetic: training runs '
                'in fp32',
                logger='current',
                level=logging.WARNING,
            )
        with (
            super().optim_context(model),
            torch.autocast(device_type, self.cast_dtype, enabled=enabled),
        ):
            yield
