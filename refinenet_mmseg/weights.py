"""Whether weights are all that a network needs."""

from collections.abc import Mapping
from typing import Any

from mmengine.model import BaseTTAModel, is_model_wrapper
from torch import Tensor, nn

WRAPPER = 'module.'
MOMENTS = ('running_mean', 'running_var')


def check_weights(
    model: nn.Module, weights: Mapping[str, Any], source: str
) -> None:
    """Check that weights are those of a network, complete, and numbers.

    Auxiliary heads may be missing: they serve training only and are often
    stripped. Networks that rename or resize weights while they are loaded,
    such as mmpretrain's vision transformers, are not compared by name.

    Args:
        model: The network, on its own or wrapped for several processes or
            for test-time augmentation.
        weights: Its state dict, as a checkpoint holds it.
        source: What to call the checkpoint.

    Raises:
        ValueError: If a weight is missing, of another shape, or not finite.
    """
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    given = {
        name.removeprefix(WRAPPER): weight for name, weight in weights.items()
    }
    if any(part._load_state_dict_pre_hooks for part in model.modules()):
        _check_finite(given, source)
        return
    parameters = dict(model.named_parameters())
    needed = {
        name: tensor
        for name, tensor in model.state_dict().items()
        if _is_needed(name, parameters)
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
                f'{source} has {name} of shape {_list(shape)}, the model of '
                f'{_list(tensor.shape)}; use the config it was trained with'
            )
    _check_finite({name: given[name] for name in needed}, source)


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


def _is_needed(name: str, parameters: Mapping[str, Any]) -> bool:
    return 'auxiliary' not in name and (
        name in parameters or name.endswith(MOMENTS)
    )


def _list(shape: Any) -> Any:
    return shape and tuple(shape)
