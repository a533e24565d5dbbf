"""Conversion of published RefineNet checkpoints to mmseg's names."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import torch
from mmengine import Config
from mmseg.registry import MODELS
from rich.console import Console
from rich.table import Table
from torch import Tensor

from ..configs import config_path
from ..safe_loading import file_sha256, read_checkpoint
from ..version import __version__
from .layouts import Network, find_dataset_meta
from .recognition import (
    BATCH_COUNTER,
    Recognition,
    check_dense_tensors,
    invert,
    list_names,
    recognize,
    rename,
)
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
        of the classes) where the number of classes names the data set. Of a
        backbone alone, ``num_classes`` is None.

    Raises:
        ValueError: If the layout is unknown, or names or shapes are not those
            of the network.
    """
    return _build_checkpoint(recognize(state_dict))


def convert_file(
    source: str | Path,
    destination: str | Path,
    trust_checkpoint: bool = False,
) -> tuple[Checkpoint, Recognition]:
    """Convert a published checkpoint file.

    Args:
        source: The published file.
        destination: The file to write; complete, or left as it was.
        trust_checkpoint: Whether to load objects that could run code.
            Default: False.

    Returns:
        What was written, and what the source was recognized as.

    Raises:
        FileNotFoundError: If there is no such source.
        OSError: If the destination cannot be written.
        ValueError: If the source is damaged, unsafe or not understood.
    """
    source, destination = Path(source), Path(destination).resolve()
    check_destination(destination)
    content = read_checkpoint(source, trust_checkpoint=trust_checkpoint)
    check_destination(destination, source)
    recognition = recognize(content)
    checkpoint = _build_checkpoint(recognition)
    checkpoint['meta']['source_sha256'] = file_sha256(source)
    write_checkpoint(checkpoint, destination)
    return checkpoint, recognition


def _build_checkpoint(recognition: Recognition) -> Checkpoint:
    """Rename the tensors of a recognized checkpoint, and describe it.

    Raises:
        ValueError: If names or shapes are not those of the network.
    """
    layout = recognition.layout
    check_dense_tensors(recognition)
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
        names_and_colors = find_dataset_meta(num_classes)
        if names_and_colors is not None:
            meta['dataset_meta'] = names_and_colors
    config.merge_from_dict(meta['cfg_options'])
    expected = _expected_tensors(config.model, layout.has_head)
    # torch counted no batches before 0.4.1, and no inference needs the count.
    for name, tensor in expected.items():
        if name.endswith(BATCH_COUNTER) and name not in state_dict:
            state_dict[name] = torch.zeros(tensor.shape, dtype=tensor.dtype)
    _check_weights(state_dict, expected, recognition, network)
    return dict(
        state_dict={name: state_dict[name] for name in expected}, meta=meta
    )


def _count_classes(
    state_dict: Mapping[str, Tensor], recognition: Recognition
) -> int:
    """Return the number of classes by the shape of the classifier.

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
    """Find the member of a family by the depth of its backbone.

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
    """Return tensors of the network's names and shapes, without values."""
    with torch.device('meta'):
        model = MODELS.build({**model_config, '_scope_': 'mmseg'})
    return {
        name: tensor
        for name, tensor in model.state_dict().items()
        if has_head or name.startswith('backbone.')
    }


def _check_weights(
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


def print_report(
    checkpoint: Checkpoint,
    recognition: Recognition,
    destination: str | Path,
    file: IO[str] | None = None,
) -> None:
    """Print a conversion: renamed modules, ignored entries, the next command.

    Args:
        checkpoint: The converted checkpoint.
        recognition: What its source was recognized as.
        destination: The converted file.
        file: Where to print. Default: None, the standard output.
    """
    # Neither markup nor emoji: names and paths are printed as they are.
    console = Console(file=file, markup=False, emoji=False)
    meta = checkpoint['meta']
    console.print(_renaming_table(recognition))
    ignored = ', '.join(recognition.ignored) or 'none'
    # soft_wrap: paths and commands must stay whole, to be copied.
    console.print(f'ignored entries: {ignored}', soft_wrap=True)
    console.print(f'license: {meta["license"]}', soft_wrap=True)
    classes = meta['num_classes']
    if classes is None:
        path = shlex.quote(str(destination))
        console.print(
            f'{destination}: a backbone. To train from it: mim train '
            f'refinenet_mmseg {Path(meta["config"]).name} --cfg-options '
            f'load_from={path} model.backbone.init_cfg=None',
            soft_wrap=True,
        )
        return
    console.print(
        f'{destination}: {classes} classes, config {meta["config"]}',
        soft_wrap=True,
    )
    options = [f'{key}={value}' for key, value in meta['cfg_options'].items()]
    console.print(
        shlex.join(
            [
                *('mim', 'run', 'refinenet_mmseg', 'predict'),
                *(config_path(meta['config']), str(destination), 'IMAGES'),
                *('--out', 'predictions'),
                *(['--cfg-options', *options] if options else []),
            ]
        ),
        soft_wrap=True,
        highlight=False,
    )


def _renaming_table(recognition: Recognition) -> Table:
    """Count the tensors and values of each row of the layout's table."""
    table = Table(title=recognition.layout.name)
    table.add_column('published', overflow='fold')
    table.add_column('mmseg', overflow='fold')
    table.add_column('tensors', justify='right')
    table.add_column('values', justify='right')
    for row in recognition.layout.table:
        names = rename(recognition.names, (row,))
        values = sum(recognition.tensors[name].numel() for name in names)
        table.add_row(*row, f'{len(names)}', f'{values:,}')
    return table
