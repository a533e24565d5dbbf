"""Numbers that training must not go on with: NaN and Inf."""

import torch
from torch import nn

STATISTICS = ('running_mean', 'running_var')


def non_finite_weights(model: nn.Module) -> list[str]:
    """Name the weights, and statistics of batch norm, with NaN or Inf.

    Other buffers may hold Inf by design, such as masks of attention.

    Args:
        model: The network.
    """
    tensors = [
        *model.named_parameters(),
        *(
            (name, buffer)
            for name, buffer in model.named_buffers()
            if name.endswith(STATISTICS)
        ),
    ]
    if not tensors:
        return []
    # Gathered first: one answer from the device instead of hundreds.
    finite = torch.stack(
        [tensor.detach().isfinite().all() for _, tensor in tensors]
    )
    return [
        name
        for (name, _), is_finite in zip(tensors, finite.tolist(), strict=True)
        if not is_finite
    ]
