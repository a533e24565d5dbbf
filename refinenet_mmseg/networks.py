"""Networks: unwrapping, decode head, and checks of weights."""

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.model import BaseTTAModel, is_model_wrapper
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

# Prefix of the names in a network that is wrapped for several processes.
WRAPPER_PREFIX = 'module.'
STATISTICS = ('running_mean', 'running_var')


def unwrap_network(model: nn.Module) -> nn.Module:
    """Return the network inside of its wrappers.

    Args:
        model: The network, on its own or wrapped for several processes, for
            test-time augmentation, or for both.
    """
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    return model


def find_decode_head(model: nn.Module) -> Any:
    """Return the decode head, of a cascade the last one.

    Args:
        model: The segmentor, wrapped or not.

    Returns:
        The head; None for a network without one.
    """
    head = getattr(unwrap_network(model), 'decode_head', None)
    return head[-1] if isinstance(head, nn.ModuleList) else head


def is_extended_batch_norm(module: nn.Module) -> bool:
    """Return whether a module is a batch norm that does more than normalize.

    Such as timm's ``BatchNormAct2d``, which also activates. mmcv and mmengine
    take it for a plain one: they lose its activation when they fold it or
    replace it by SyncBN.

    Args:
        module: Any module.
    """
    plain = (_BatchNorm.forward, nn.SyncBatchNorm.forward)
    return isinstance(module, _BatchNorm) and type(module).forward not in plain


def check_complete_weights(
    model: nn.Module, weights: Mapping[str, Any], source: str
) -> None:
    """Check that weights are those of a network, complete and finite.

    Auxiliary heads may be missing: they serve training only and are often
    stripped. Networks that rename or resize weights while they are loaded,
    such as mmpretrain's vision transformers, are not compared by name.

    Args:
        model: The network, on its own or wrapped for several processes or
            for test-time augmentation.
        weights: Its state dict, as a checkpoint holds it.
        source: Name of the checkpoint, for error messages.

    Raises:
        ValueError: If a weight is missing, of another shape, or not finite.
    """
    model = unwrap_network(model)
    given = _remove_wrapper_prefix(weights)
    if _renames_weights(model):
        _check_finite(given, source)
        return
    parameters = dict(model.named_parameters())
    needed = {
        name: tensor
        for name, tensor in model.state_dict().items()
        if 'auxiliary' not in name
        and (name in parameters or name.endswith(STATISTICS))
    }
    missing = [name for name in needed if name not in given]
    if missing:
        raise ValueError(
            f'{source} lacks {len(missing)} parameters of the model, '
            f'{missing[0]} among them; use the config it was trained with'
        )
    for name, tensor in needed.items():
        shape = getattr(given[name], 'shape', None)
        if shape != tensor.shape:
            raise ValueError(
                f'{source} has {name} of shape {shape and tuple(shape)}, the '
                f'model of {tuple(tensor.shape)}; use the config it was '
                'trained with'
            )
    _check_finite({name: given[name] for name in needed}, source)


def check_matching_weights(
    module: nn.Module, weights: Mapping[str, Any]
) -> None:
    """Check that at least one weight fits a network.

    Args:
        module: The network, or a part of it.
        weights: The state dict that it is about to load.

    Raises:
        ValueError: If none fits by name and shape: the network would keep its
            random weights.
    """
    own = {
        name.removeprefix(WRAPPER_PREFIX): parameter.shape
        for name, parameter in module.named_parameters()
    }
    given = {
        name: getattr(weight, 'shape', None)
        for name, weight in _remove_wrapper_prefix(weights).items()
    }
    if not own or own.items() & given.items() or _renames_weights(module):
        return
    raise ValueError(
        f'no weight of the checkpoint fits {type(module).__name__}: the one '
        f'has {next(iter(given), "nothing")}, ..., the other '
        f'{next(iter(own))}, ... . It is of another network: correct '
        'load_from or init_cfg.checkpoint (or its prefix)'
    )


def find_non_finite_weights(model: nn.Module) -> list[str]:
    """List the weights and batch norm statistics that hold NaN or Inf.

    Other buffers may hold Inf by design, such as attention masks.
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
    # Stacked: one transfer from the device instead of hundreds.
    finite = torch.stack(
        [tensor.detach().isfinite().all() for _, tensor in tensors]
    )
    return [
        name
        for (name, _), is_finite in zip(tensors, finite.tolist(), strict=True)
        if not is_finite
    ]


def _check_finite(weights: Mapping[str, Any], source: str) -> None:
    damaged = [
        name
        for name, weight in weights.items()
        if isinstance(weight, Tensor) and not weight.isfinite().all()
    ]
    if damaged:
        raise ValueError(
            f'{len(damaged)} weights in {source} are not finite, {damaged[0]} '
            'among them: the training had diverged, or the file is damaged; '
            'take an earlier checkpoint'
        )


def _remove_wrapper_prefix(weights: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name.removeprefix(WRAPPER_PREFIX): w for name, w in weights.items()
    }


def _renames_weights(module: nn.Module) -> bool:
    """Return whether a network renames weights while it loads them.

    mmpretrain's TimmClassifier does, for example.
    """
    return any(part._load_state_dict_pre_hooks for part in module.modules())
