"""Whether weights are what they were recognized as."""

from collections.abc import Mapping

import torch
from torch import Tensor

from .layouts import Network
from .recognition import Recognition, invert, list_names, rename

BATCH_COUNTER = 'num_batches_tracked'
WEIGHT_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def check_kinds(recognition: Recognition) -> None:
    """Check that weights are ordinary tensors.

    Args:
        recognition: The checkpoint.

    Raises:
        ValueError: If one is sparse, quantized, complex, ... .
    """
    odd = [
        f'{name} ({tensor.dtype}, {tensor.layout}, {tensor.device})'
        for name, tensor in recognition.tensors.items()
        if name in recognition.names
        and (
            (
                tensor.dtype not in WEIGHT_DTYPES
                and not name.endswith(BATCH_COUNTER)
            )
            or tensor.layout != torch.strided
            or tensor.is_nested
            or tensor.device.type != 'cpu'
        )
    ]
    if odd:
        raise ValueError(
            f'{len(odd)} weights are no dense tensors of real numbers: '
            f'{list_names(odd)}; save them as float32'
        )


def check_weights(
    state_dict: Mapping[str, Tensor],
    expected: Mapping[str, Tensor],
    recognition: Recognition,
    network: Network,
) -> None:
    """Check names, shapes and values against the network's.

    Args:
        state_dict: The weights, by mmseg's names.
        expected: Tensors of the shapes that the network has.
        recognition: The checkpoint.
        network: What it was recognized as.

    Raises:
        ValueError: If they differ; it names all that do.
    """
    old_names = {new: old for old, new in recognition.names.items()}
    published = invert(recognition.layout.table)
    missing = sorted(
        rename([name], published).get(name, name)
        for name in set(expected) - set(state_dict)
    )
    left_over = sorted(
        old_names[name] for name in set(state_dict) - set(expected)
    )
    wrong = [
        f'{old_names.get(name, name)} {tuple(state_dict[name].shape)} rather '
        f'than {tuple(tensor.shape)}'
        for name, tensor in expected.items()
        if name in state_dict and state_dict[name].shape != tensor.shape
    ]
    damaged = [
        old_names[name]
        for name, tensor in state_dict.items()
        if not tensor.isfinite().all()
    ]
    problems = [
        f'{len(names)} {what}: {list_names(names)}'
        for what, names in (
            ('missing', missing),
            ('left over', left_over),
            ('of another shape', wrong),
            ('with values that are not finite', damaged),
        )
        if names
    ]
    if problems:
        raise ValueError(
            f'the weights are not those of {network.name}: '
            + '; '.join(problems)
        )
