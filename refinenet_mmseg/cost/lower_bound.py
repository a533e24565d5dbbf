"""A lower bound of a model's time: its convolutions alone.

The documentation and the results call it the *floor*. RefineNet is nearly
all convolutions, so the time beyond this bound is overhead.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .workload import BenchmarkOptions


@dataclass(frozen=True)
class ConvolutionCall:
    """A call of a convolution.

    Args:
        module: The convolution.
        in_shape: Shape of its input, (N, C, H, W).
        out_shape: Shape of its output, (N, C, H, W).
        needs_input_gradient: Whether backward computes the gradient of its
            input.
    """

    module: nn.Conv2d
    in_shape: tuple[int, ...]
    out_shape: tuple[int, ...]
    needs_input_gradient: bool


def record_convolutions(
    model: nn.Module, run: Callable[[], Any]
) -> list[ConvolutionCall]:
    """Record the calls of a model's convolutions, in order.

    Calls that activation checkpointing repeats during backward are left out:
    they are overhead, not a part of the lower bound.

    Args:
        model: The model.
        run: Runs it once.
    """
    calls: list[ConvolutionCall] = []

    def record(
        module: nn.Conv2d, inputs: tuple[Tensor, ...], output: Tensor
    ) -> None:
        if torch._C._current_graph_task_id() != -1:  # during backward
            return
        calls.append(
            ConvolutionCall(
                module,
                tuple(inputs[0].shape),
                tuple(output.shape),
                inputs[0].requires_grad,
            )
        )

    hooks = [
        module.register_forward_hook(record)
        for module in model.modules()
        if isinstance(module, nn.Conv2d)
    ]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    return calls


def make_lower_bound(
    calls: list[ConvolutionCall], options: BenchmarkOptions
) -> Callable[[], None]:
    """Make a function that computes the recorded convolutions alone.

    It calls them one after another, eagerly, on random tensors of the
    recorded shapes, in the precision and memory format of the options; in
    training it computes their gradients too.

    Args:
        calls: The convolutions, as :func:`record_convolutions` returns them.
        options: The options of the benchmark.
    """
    training = options.mode == 'train'
    tensors: dict[tuple[int, ...], Tensor] = {}
    copies: dict[nn.Module, nn.Module] = {}

    def draw(shape: tuple[int, ...]) -> Tensor:
        # Calls share the tensors of a shape: one for each may not fit.
        if shape not in tensors:
            tensor = torch.randn(shape, device=options.device)
            tensors[shape] = tensor.to(options.torch_dtype).contiguous(
                memory_format=options.memory_format
            )
        return tensors[shape]

    def copy_module(module: nn.Conv2d) -> nn.Module:
        # The model's own module keeps its precision.
        if module not in copies:
            copies[module] = (
                copy.deepcopy(module)
                .requires_grad_(training)
                .to(
                    options.device,
                    options.torch_dtype,
                    memory_format=options.memory_format,
                )
            )
        return copies[module]

    prepared = [
        (
            copy_module(call.module),
            draw(call.in_shape)
            .detach()
            .requires_grad_(training and call.needs_input_gradient),
            draw(call.out_shape),
        )
        for call in calls
    ]

    def run() -> None:
        for module, x, gradient in prepared:
            y = module(x)
            if training:
                leaves = [
                    t for t in (x, *module.parameters()) if t.requires_grad
                ]
                torch.autograd.grad(y, leaves, gradient)

    return run if training else torch.no_grad()(run)
