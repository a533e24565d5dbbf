"""Parameters, multiply-adds and what training keeps: counted, not timed."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

PARTS = ('backbone', 'decode_head')


def count_parameters(model: nn.Module) -> dict[str, int]:
    """Count the parameters of a segmentor, of its backbone and of its head.

    Args:
        model: The segmentor.

    Returns:
        The numbers under ``total``, ``backbone`` and ``decode_head``.
    """
    counts = {part: _count(getattr(model, part)) for part in PARTS}
    return dict(total=_count(model), **counts)


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
        The numbers under ``total``, ``backbone`` and ``decode_head``.
    """
    training = model.training
    model.eval()
    device = next(model.parameters()).device
    image = torch.zeros(1, 3, *shape, device=device)
    counts = {}
    with torch.no_grad():
        with FlopCounterMode(display=False) as counter:
            features = model.extract_feat(image)
        counts['backbone'] = counter.get_total_flops() // 2
        with FlopCounterMode(display=False) as counter:
            model.decode_head(features)
        counts['decode_head'] = counter.get_total_flops() // 2
    model.train(training)
    return dict(total=sum(counts.values()), **counts)


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
        self._weight_shapes = {
            tuple(parameter.shape) for parameter in model.parameters()
        }
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
        is_weight = address in self._weights or (
            # a cast of a weight has its shape and, unlike features, no past
            tuple(tensor.shape) in self._weight_shapes
        )
        if not is_weight:
            # The tensor is held on to: a freed address would be used again.
            self._storages[address] = (storage.nbytes(), tensor)
        return tensor
