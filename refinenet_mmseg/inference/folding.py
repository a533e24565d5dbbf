"""Folding of batch norms into the convolutions before them."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import torch
from mmengine.model import revert_sync_batchnorm
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_weights

from ..networks import is_extended_batch_norm
from .self_check import draw_images, is_close


def fold_batch_norms(model: nn.Module, images: Tensor) -> nn.Module:
    """Fold batch norms into the convolutions before them.

    The pairs are those that the network makes while it runs, whatever the
    order in which its modules are registered: all that the batch norm gets
    is the output of this one convolution, and no other batch norm gets it.
    What a batch norm does besides, as timm's ``BatchNormAct2d`` does, is
    split off and stays. A pair is left as it is if the folded convolution
    computes something else, as one does that standardizes its weights.

    mmcv's ``fuse_conv_bn`` folds whatever inherits from batch norm into the
    convolution registered before it: it loses the activations of timm's, and
    fails on CGNet, DDRNet, ERFNet and PIDNet (2.1.0 and OneDL's 2.3.6).

    Args:
        model: A segmentor of mmseg's, in evaluation mode; changed.
        images: Images that it takes, of shape (N, 3, H, W).

    Returns:
        The model, with identities in place of batch norms.
    """
    model = revert_sync_batchnorm(split_batch_norms(model))
    return _replace(
        model,
        {
            norm: nn.Identity()
            for conv, norm, shape in _find_pairs(model, images)
            if _fold(conv, norm, shape)
        },
    )


def split_batch_norms(model: nn.Module) -> nn.Module:
    """Split what batch norms do besides from those that do more.

    They are those of timm: after the normalization, their modules ``drop``
    and ``act``. mmengine's ``revert_sync_batchnorm`` would lose them.

    Args:
        model: Any model; changed.

    Returns:
        The model, with batch norm, ``drop`` and ``act`` in sequence.
    """
    replacements = {
        norm: nn.Sequential(_plain_batch_norm(norm), norm.drop, norm.act)
        for norm in model.modules()
        if is_extended_batch_norm(norm)
        and norm._modules.keys() == {'drop', 'act'}
        and not _has_hooks(norm)
    }
    return _replace(model, replacements)


def _plain_batch_norm(norm: nn.Module) -> nn.Module:
    plain = nn.BatchNorm2d(
        norm.num_features,
        norm.eps,
        norm.momentum,
        norm.affine,
        norm.track_running_stats,
    )
    # The activation may have weights of its own.
    plain._parameters.update(norm._parameters)
    plain._buffers.update(norm._buffers)
    return plain.train(norm.training)


def _find_pairs(
    model: nn.Module, images: Tensor
) -> list[tuple[nn.Conv2d, nn.Module, torch.Size]]:
    """Run a model and record which convolution each batch norm follows.

    Returns:
        Pairs of modules, with the shape of the convolution's input.
    """
    calls: Counter[nn.Module] = Counter()
    shapes: dict[Any, torch.Size] = {}
    sources = defaultdict(set)  # of each batch norm
    targets = defaultdict(set)  # of each convolution

    def after_conv(
        conv: nn.Module, inputs: tuple[Tensor, ...], output: Any
    ) -> None:
        calls[conv] += 1
        shapes[conv] = inputs[0].shape
        # Its version changes when an activation writes into it.
        output.source = conv, output._version

    def before_norm(norm: nn.Module, inputs: tuple[Any, ...]) -> None:
        calls[norm] += 1
        conv, version = getattr(inputs[0], 'source', (None, 0))
        if conv is not None and inputs[0]._version != version:
            conv = None
        sources[norm].add(conv)
        targets[conv].add(norm)

    handles = []
    for module in model.modules():
        if _has_hooks(module):
            continue
        if isinstance(module, nn.Conv2d) and 'weight' in module._parameters:
            handles.append(module.register_forward_hook(after_conv))
        elif (
            type(module).forward is _BatchNorm.forward
            and module.running_var is not None
        ):
            handles.append(module.register_forward_pre_hook(before_norm))
    try:
        # Tensors made in inference mode have no version.
        with torch.inference_mode(False), torch.no_grad():
            model._forward(images)
    finally:
        for handle in handles:
            handle.remove()
    return [
        (conv, norm, shapes[conv])
        for conv, norms in targets.items()
        for norm in norms
        if conv is not None
        and norms == {norm}
        and sources[norm] == {conv}
        and calls[norm] == calls[conv]
    ]


@torch.no_grad()
def _fold(conv: nn.Conv2d, norm: nn.Module, shape: torch.Size) -> bool:
    """Fold a batch norm, if the convolution then computes the same.

    A convolution with a forward method of its own may do anything to its
    weights: pad first, which is fine, or standardize them, which is not.
    """
    weight, bias = conv.weight, conv.bias
    folded = fuse_conv_bn_weights(
        weight,
        bias,
        norm.running_mean,
        norm.running_var,
        norm.eps,
        norm.weight,
        norm.bias,
    )
    if type(conv).forward is nn.Conv2d.forward:
        conv.weight, conv.bias = folded
        return True
    x = draw_images(shape, weight.device)
    expected = norm.forward(conv.forward(x))
    conv.weight, conv.bias = folded
    if is_close(conv.forward(x), expected):
        return True
    conv.weight, conv.bias = weight, bias
    return False


def _has_hooks(module: nn.Module) -> bool:
    """Return whether a module's own call is observed or changed."""
    return bool(module._forward_hooks or module._forward_pre_hooks)


def _replace(
    model: nn.Module, replacements: Mapping[nn.Module, nn.Module]
) -> nn.Module:
    """Replace modules, under every name that they have."""
    for parent in list(model.modules()):
        for name, child in parent._modules.items():
            if child in replacements:
                parent._modules[name] = replacements[child]
    return model
