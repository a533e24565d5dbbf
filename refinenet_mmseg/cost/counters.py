"""Counters of parameters, multiply-adds and activation memory."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def count_parameters(model: nn.Module) -> dict[str, int]:
    """Count the parameters of a segmentor, its backbone and its head.

    Returns:
        The counts ``total``, ``backbone`` (with the neck, if there is one)
        and ``decode_head``.
    """

    def count(module: nn.Module) -> int:
        return sum(parameter.numel() for parameter in module.parameters())

    return dict(
        total=count(model),
        backbone=sum(
            count(getattr(model, part))
            for part in ('backbone', 'neck')
            if hasattr(model, part)
        ),
        decode_head=count(model.decode_head),
    )


def count_multiply_adds(
    model: nn.Module, shape: tuple[int, int]
) -> dict[str, int]:
    """Count the multiply-adds for one image, with torch's FLOP counter.

    Args:
        model: The segmentor; it is run in evaluation mode.
        shape: Height and width of the image, in pixels.

    Returns:
        The counts ``total``, ``backbone`` (with the neck, if there is one)
        and ``decode_head``.
    """

    def count(run: Callable[[Tensor], object]) -> int:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            run(image)
        return counter.get_total_flops() // 2

    training = model.training
    model.eval()
    device = next(model.parameters()).device
    image = torch.zeros(1, 3, *shape, device=device)
    total, backbone = count(model._forward), count(model.extract_feat)
    model.train(training)
    return dict(total=total, backbone=backbone, decode_head=total - backbone)


class ActivationMemoryCounter:
    """Count the bytes of activations that autograd saves for backward.

    A storage counts once. Parameters, and the copies of them that autocast
    makes, do not count: they do not grow with the image. Used as a context
    manager around a forward pass.

    Args:
        model: The module whose parameters are left out.
    """

    def __init__(self, model: nn.Module) -> None:
        self._parameter_addresses = {
            parameter.untyped_storage().data_ptr()
            for parameter in model.parameters()
        }
        self._parameters_by_shape: dict[tuple[int, ...], list[Tensor]] = {}
        for parameter in model.parameters():
            self._parameters_by_shape.setdefault(
                tuple(parameter.shape), []
            ).append(parameter.detach())
        self._saved: dict[int, tuple[int, Tensor]] = {}
        self._hooks = torch.autograd.graph.saved_tensors_hooks(
            self._count, lambda tensor: tensor
        )

    @property
    def bytes(self) -> int:
        """The number of bytes saved so far."""
        return sum(size for size, _ in self._saved.values())

    def __enter__(self) -> 'ActivationMemoryCounter':
        self._hooks.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._hooks.__exit__(*error)

    def _count(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        address = storage.data_ptr()
        if address not in self._parameter_addresses and not (
            self._is_cast_parameter(tensor)
        ):
            # Holding the tensor keeps its address from being reused.
            self._saved[address] = (storage.nbytes(), tensor)
        return tensor

    def _is_cast_parameter(self, tensor: Tensor) -> bool:
        """Return whether a tensor is a parameter cast to another precision."""
        same_shape = self._parameters_by_shape.get(tuple(tensor.shape), [])
        return tensor.is_floating_point() and any(
            torch.equal(tensor, parameter.to(tensor.dtype))
            for parameter in same_shape
        )
