"""The floor: what a model's convolutions cost by themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .subject import DTYPES, Setting


@dataclass(frozen=True)
class Convolution:
    """A convolution as it was called.

    Args:
        module: The convolution.
        in_shape: Shape of its input, (N, C, H, W).
        out_shape: Shape of its output, (N, C, H, W).
        needs_input_gradient: Whether backward goes through its input.
    """

    module: nn.Conv2d
    in_shape: tuple[int, ...]
    out_shape: tuple[int, ...]
    needs_input_gradient: bool


def record_convolutions(
    model: nn.Module, run: Callable[[], Any]
) -> list[Convolution]:
    """Record the convolutions of a model in the order of their calls.

    Args:
        model: The model.
        run: Runs it once.
    """
    calls: list[Convolution] = []

    def note(
        module: nn.Conv2d, inputs: tuple[Tensor, ...], output: Tensor
    ) -> None:
        calls.append(
            Convolution(
                module,
                tuple(inputs[0].shape),
                tuple(output.shape),
                inputs[0].requires_grad,
            )
        )

    hooks = [
        module.register_forward_hook(note)
        for module in model.modules()
        if isinstance(module, nn.Conv2d)
    ]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    return calls


def make_floor(
    calls: list[Convolution], setting: Setting
) -> Callable[[], None]:
    """Make a function that computes recorded convolutions and nothing else.

    One after another, eagerly, on random tensors of the recorded shapes in
    the setting's precision and memory format; in training, with their
    gradients.

    Args:
        calls: The convolutions.
        setting: How the model is run.
    """
    training = setting.mode == 'train'
    tensors: dict[tuple[int, ...], Tensor] = {}

    def tensor_of(shape: tuple[int, ...]) -> Tensor:
        # Shared between the convolutions: all at once may not fit.
        if shape not in tensors:
            tensors[shape] = _convert(torch.randn(shape), setting)
        return tensors[shape]

    prepared = []
    for call in calls:
        x, gradient = tensor_of(call.in_shape), tensor_of(call.out_shape)
        weights = [
            _convert(weight.detach(), setting).requires_grad_(training)
            for weight in (call.module.weight, call.module.bias)
            if weight is not None
        ]
        x = x.detach().requires_grad_(training and call.needs_input_gradient)
        prepared.append((call.module, x, weights, gradient))

    def run() -> None:
        for module, x, weights, gradient in prepared:
            bias = weights[1] if len(weights) > 1 else None
            y = F.conv2d(
                x,
                weights[0],
                bias,
                module.stride,
                module.padding,
                module.dilation,
                module.groups,
            )
            if training:
                wanted = [t for t in (x, *weights) if t.requires_grad]
                torch.autograd.grad(y, wanted, gradient)

    if training:
        return run
    return torch.no_grad()(run)


def _convert(tensor: Tensor, setting: Setting) -> Tensor:
    tensor = tensor.to(setting.device, DTYPES[setting.dtype])
    if tensor.ndim == 4:
        tensor = tensor.contiguous(memory_format=setting.memory_format)
    # A copy even where nothing changes: the model's own stay as they are.
    return tensor.clone()
