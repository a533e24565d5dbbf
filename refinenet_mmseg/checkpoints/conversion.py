"""Published RefineNet checkpoints, turned into mmseg's."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine import Config
from mmseg.registry import MODELS
from torch import Tensor

from ..configs import config_path
from ..version import __version__
from .checks import BATCH_COUNTER, check_kinds, check_weights
from .class_names import dataset_meta
from .layouts import Network
from .reading import file_sha256, read_checkpoint
from .recognition import Recognition, invert, recognize, rename
from .writing import check_destination, write_checkpoint

RESIDUAL_BLOCK = re.compile(r'backbone\.layer(\d+)\.(\d+)\.')
CLASSIFIER = 'decode_head.conv_seg.weight'
NUM_CLASSES_OPTION = 'model.decode_head.num_classes'

Checkpoint = dict[str, dict[str, Any]]


def convert(state_dict: Mapping[str, Any]) -> Checkpoint:
    """Convert a published checkpoint to the names of mmseg's model.

    Args:
        state_dict: The published weights, bare or as a trainer wrapped them.

    Returns:
        ``state_dict``, and ``meta`` with the ``config`` (path below
        ``configs/``) and the ``cfg_options`` that the weights belong to,
        ``num_classes``, ``license``, and ``dataset_meta`` (names and colors
        of the classes) where the number of classes tells the data set. Of a
        backbone alone, ``num_classes`` is None.

    Raises:
        ValueError: If the layout is unknown, or names or shapes are not those
            of the network.
    """
    return build_checkpoint(recognize(state_dict))


def convert_file(
    source: str | Path, destination: str | Path
) -> tuple[Checkpoint, Recognition]:
    """Convert a published checkpoint file.

    Args:
        source: The published file.
        destination: The file to write; complete, or left as it was.

    Returns:
        What was written, and what the source was recognized as.

    Raises:
        FileNotFoundError: If there is no such source.
        OSError: If the destination cannot be written.
        ValueError: If the source is damaged, unsafe or not understood.
    """
    source, destination = Path(source), Path(destination).resolve()
    check_destination(destination)
    content = read_checkpoint(source)
    check_destination(destination, source)
    recognition = recognize(content)
    checkpoint = build_checkpoint(recognition)
    checkpoint['meta']['source_sha256'] = file_sha256(source)
    write_checkpoint(checkpoint, destination)
    return checkpoint, recognition


def build_checkpoint(recognition: Recognition) -> Checkpoint:
    """Put a recognized checkpoint's tensors where mmseg expects them.

    Args:
        recognition: The checkpoint.

    Raises:
        ValueError: If names or shapes are not those of the network.
    """
    layout = recognition.layout
    check_kinds(recognition)
    state_dict = {
        new: recognition.tensors[old].detach().clone()
        for old, new in recognition.names.items()
    }
    network = _find_network(state_dict, recognition)
    meta: dict[str, Any] = dict(
        config=network.config,
        num_classes=None,
        cfg_options={},
        license=layout.license,
        refinenet_mmseg_version=__version__,
    )
    config = Config.fromfile(config_path(network.config))
    if layout.has_head:
        num_classes = _count_classes(state_dict, recognition)
        meta['num_classes'] = num_classes
        if num_classes != config.model.decode_head.num_classes:
            meta['cfg_options'] = {NUM_CLASSES_OPTION: num_classes}
        names_and_colors = dataset_meta(num_classes)
        if names_and_colors is not None:
            meta['dataset_meta'] = names_and_colors
    config.merge_from_dict(meta['cfg_options'])
    expected = _expected_tensors(config.model, layout.has_head)
    # torch counted no batches before 0.4.1, and no inference needs the count.
    for name, tensor in expected.items():
        if name.endswith(BATCH_COUNTER) and name not in state_dict:
            state_dict[name] = torch.zeros(tensor.shape, dtype=tensor.dtype)
    check_weights(state_dict, expected, recognition, network)
    return dict(
        state_dict={name: state_dict[name] for name in expected}, meta=meta
    )


def _count_classes(
    state_dict: Mapping[str, Tensor], recognition: Recognition
) -> int:
    """Read the number of classes off the classifier.

    Raises:
        ValueError: If there is no classifier, or one without classes.
    """
    classifier = state_dict.get(CLASSIFIER)
    if classifier is None:
        names = rename([CLASSIFIER], invert(recognition.layout.table))
        raise ValueError(
            f'{names[CLASSIFIER]}, the classifier of '
            f'{recognition.layout.name}, is missing: without it the number of '
            'classes is unknown. Of this layout, whole networks are converted'
        )
    if classifier.ndim != 4 or len(classifier) == 0:
        raise ValueError(
            f'the classifier has the shape {tuple(classifier.shape)} rather '
            'than (classes, channels, height, width)'
        )
    return len(classifier)


def _find_network(
    state_dict: Mapping[str, Tensor], recognition: Recognition
) -> Network:
    """Tell the members of a family by the depth of their backbones.

    Raises:
        ValueError: If no member has a backbone of that depth.
    """
    counts: dict[int, int] = {}
    for name in state_dict:
        if found := RESIDUAL_BLOCK.match(name):
            stage, block = map(int, found.groups())
            counts[stage] = max(counts.get(stage, 0), block + 1)
    depths = tuple(counts[stage] for stage in sorted(counts))
    for network in recognition.layout.networks:
        if network.num_residual_blocks == depths:
            return network
    known = '; '.join(
        f'{network.name} {network.num_residual_blocks}'
        for network in recognition.layout.networks
    )
    raise ValueError(
        f'the names are those of {recognition.layout.name}, but the stages '
        f'of the backbone have {depths} residual blocks, as in no network '
        f'known: {known}. Weights are missing, or it is another backbone'
    )


def _expected_tensors(
    model_config: Config, has_head: bool
) -> dict[str, Tensor]:
    with torch.device('meta'):
        model = MODELS.build({**model_config, '_scope_': 'mmseg'})
    return {
        name: tensor
        for name, tensor in model.state_dict().items()
        if has_head or name.startswith('backbone.')
    }
