"""The floor: what a model's convolutions cost by themselves."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
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

    What a checkpointed part computes again during backward is not recorded:
    that is no part of the floor.

    Args:
        model: The model.
        run: Runs it once.
    """
    calls: list[Convolution] = []

    def note(
        module: nn.Conv2d, inputs: tuple[Tensor, ...], output: Tensor
    ) -> None:
        if torch._C._current_graph_task_id() != -1:  # during backward
            return
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
            tensors[shape] = _draw(shape, setting)
        return tensors[shape]

    copies: dict[nn.Module, nn.Module] = {}
    prepared = []
    for call in calls:
        if call.module not in copies:
            copies[call.module] = _convert_module(call.module, setting)
        x, gradient = tensor_of(call.in_shape), tensor_of(call.out_shape)
        x = x.detach().requires_grad_(training and call.needs_input_gradient)
        prepared.append((copies[call.module], x, gradient))

    def run() -> None:
        for module, x, gradient in prepared:
            y = module(x)
            if training:
                wanted = [
                    t for t in (x, *module.parameters()) if t.requires_grad
                ]
                torch.autograd.grad(y, wanted, gradient)

    if training:
        return run
    return torch.no_grad()(run)


def _convert_module(module: nn.Module, setting: Setting) -> nn.Module:
    """Copy a convolution: the model's own stays as it is."""
    module = copy.deepcopy(module).requires_grad_(setting.mode == 'train')
    return module.to(
        setting.device,
        DTYPES[setting.dtype],
        memory_format=setting.memory_format,
    )


def _draw(shape: tuple[int, ...], setting: Setting) -> Tensor:
    tensor = torch.randn(shape, device=setting.device)
    tensor = tensor.to(DTYPES[setting.dtype])
    return tensor.contiguous(memory_format=setting.memory_format)
