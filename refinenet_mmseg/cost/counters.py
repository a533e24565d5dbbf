"""Parameters, multiply-adds and what training keeps: counted, not timed."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def count_parameters(model: nn.Module) -> dict[str, int]:
    """Count the parameters of a segmentor, of its backbone and of its head.

    Args:
        model: The segmentor.

    Returns:
        The numbers under ``total``, ``backbone`` (with the neck, if there is
        one) and ``decode_head``.
    """
    parts = ('backbone', 'neck')
    return dict(
        total=_count(model),
        backbone=sum(
            _count(getattr(model, p)) for p in parts if hasattr(model, p)
        ),
        decode_head=_count(model.decode_head),
    )


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def count_multiply_adds(
    model: nn.Module, shape: tuple[int, int]
) -> dict[str, int]:
    """Count the multiply-adds of one image, by torch's own counter.

    Args:
        model: The segmentor; run in evaluation mode.
        shape: Height and width of the image, in pixels.

    Returns:
        The numbers under ``total``, ``backbone`` (with the neck, if there is
        one) and ``decode_head``.
    """
    training = model.training
    model.eval()
    device = next(model.parameters()).device
    image = torch.zeros(1, 3, *shape, device=device)
    with torch.no_grad():
        total = _count_in(lambda: model._forward(image))
        backbone = _count_in(lambda: model.extract_feat(image))
    model.train(training)
    return dict(total=total, backbone=backbone, decode_head=total - backbone)


def _count_in(run: Callable[[], object]) -> int:
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops() // 2


class SavedForBackward:
    """Counts the bytes that autograd keeps, each storage once.

    Parameters and the copies of them that autocast makes are left out: they
    do not grow with the image. Use it as a context manager.

    Args:
        model: The module whose parameters are left out.
    """

    def __init__(self, model: nn.Module) -> None:
        self._weights = {
            parameter.untyped_storage().data_ptr()
            for parameter in model.parameters()
        }
        self._parameters: dict[tuple[int, ...], list[Tensor]] = {}
        for parameter in model.parameters():
            same = self._parameters.setdefault(tuple(parameter.shape), [])
            same.append(parameter.detach())
        self._storages: dict[int, tuple[int, Any]] = {}
        self._hooks = torch.autograd.graph.saved_tensors_hooks(
            self._keep, lambda tensor: tensor
        )

    @property
    def bytes(self) -> int:
        """How many bytes were kept so far."""
        return sum(size for size, _ in self._storages.values())

    def __enter__(self) -> 'SavedForBackward':
        self._hooks.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._hooks.__exit__(*error)

    def _keep(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        address = storage.data_ptr()
        is_weight = address in self._weights or self._is_cast(tensor)
        if not is_weight:
            # The tensor is held on to: a freed address would be used again.
            self._storages[address] = (storage.nbytes(), tensor)
        return tensor

    def _is_cast(self, tensor: Tensor) -> bool:
        """Tell whether a tensor is a weight in another precision."""
        same = self._parameters.get(tuple(tensor.shape), [])
        return tensor.is_floating_point() and any(
            torch.equal(tensor, weight.to(tensor.dtype)) for weight in same
        )
