"""Input paths of the head, their wiring to RefineNet blocks, and the parts.

An *input path* is a level of the backbone that the head reads. A *wiring* is
a sequence of blocks, coarsest first; a block is a sequence of indices into
the input paths. With the paths of a ResNet, finest first (strides 4, 8, 16,
32), the cascades of the paper's table 9 are::

    single          ((3, 2, 1, 0),)
    2-cascaded      ((3, 2), (1, 0))
    4-cascaded      ((3,), (2,), (1,), (0,))
    4-cascaded 2-scale, paths 4 to 7 from the second backbone
                    ((3, 7), (2, 6), (1, 5), (0, 4))

Every block has the same *parts* (unit, fusion, pooling) or its own.
"""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from ..blocks.layers import ConfigDict

Wiring = Sequence[Sequence[int]]
# A part of the blocks: its config in every block, or one entry per block.
PartConfig = ConfigDict | None | Sequence[ConfigDict | None]


def resolve_input_paths(
    in_channels: Sequence[int],
    in_index: Sequence[int] | None,
    input_transform: str,
) -> tuple[list[int], list[int]]:
    """Return the channels and the backbone level of each input path.

    Args:
        in_channels: Channels of each path.
        in_index: Level of each path, counted from 0; None means the first
            ``len(in_channels)`` levels.
        input_transform: mmseg's way to select levels.

    Raises:
        ValueError: If the arguments contradict each other.
    """
    if input_transform != 'multiple_select':
        raise ValueError(
            'RefineNet reads several levels: input_transform must be '
            f"'multiple_select', got {input_transform!r}"
        )
    if isinstance(in_channels, int) or not in_channels:
        raise ValueError(
            'in_channels must list the channels of every input path, got '
            f'{in_channels!r}'
        )
    if in_index is None:
        in_index = range(len(in_channels))
    if isinstance(in_index, int) or len(in_index) != len(in_channels):
        raise ValueError(
            'in_index must name one level of the backbone for each of '
            f'in_channels={list(in_channels)}, got {in_index!r}'
        )
    if len(set(in_index)) != len(in_index) or min(in_index) < 0:
        raise ValueError(
            'in_index must name different levels of the backbone, counted '
            f'from 0, got {list(in_index)}'
        )
    return list(in_channels), list(in_index)


def resolve_path_channels(
    path_channels: Sequence[int] | None,
    in_channels: Sequence[int],
    channels: int,
) -> Sequence[int]:
    """Return the output channels of each path's lateral convolution.

    Args:
        path_channels: The channels as configured; None means the paper's
            rule: ``channels`` for every path, and twice that for the last of
            several (256, 256, 256, 512 in the paper).
        in_channels: Channels of each input path.
        channels: Channels of the last block.

    Raises:
        ValueError: If ``path_channels`` does not have one entry per path.
    """
    num_paths = len(in_channels)
    if path_channels is None:
        coarsest = channels if num_paths == 1 else 2 * channels
        return (*[channels] * (num_paths - 1), coarsest)
    if len(path_channels) != num_paths:
        raise ValueError(
            f'path_channels={list(path_channels)} must name one width for '
            f'each of the {num_paths} paths of in_channels={in_channels}'
        )
    return path_channels


def default_wiring(num_paths: int) -> Wiring:
    """Return the wiring with one block per path, the last path first.

    Args:
        num_paths: Number of input paths, finest first.
    """
    return tuple((path,) for path in reversed(range(num_paths)))


def check_wiring(wiring: Wiring, num_paths: int) -> None:
    """Check that every path enters exactly one block.

    Args:
        wiring: The blocks, coarsest first.
        num_paths: Number of input paths.

    Raises:
        ValueError: If a block is empty, an index is out of range, or a path
            is used twice or not at all.
    """
    if not all(isinstance(block, Sequence) for block in wiring):
        raise ValueError(
            'wiring is a sequence of blocks, each a sequence of paths such '
            f'as ((3,), (2,), (1,), (0,)), got {wiring}'
        )
    blocks = [tuple(block) for block in wiring]
    if not blocks or not all(blocks):
        raise ValueError(f'every block needs a path, got wiring={blocks}')
    used = [path for block in blocks for path in block]
    unknown = [
        path
        for path in used
        if not isinstance(path, int) or path not in range(num_paths)
    ]
    if unknown:
        raise ValueError(
            f'wiring={blocks} names the paths {unknown}, but in_channels and '
            f'in_index give {num_paths} paths, 0 to {num_paths - 1}'
        )
    repeated = sorted({path for path in used if used.count(path) > 1})
    unused = sorted(set(range(num_paths)) - set(used))
    if repeated or unused:
        raise ValueError(
            f'every one of the {num_paths} paths must enter one block: '
            f'wiring={blocks} uses {repeated or "none"} twice and leaves out '
            f'{unused or "none"}'
        )


def compute_block_channels(
    wiring: Wiring, path_channels: Sequence[int], channels: int
) -> list[int]:
    """Compute the output channels of each block, the fewest of its inputs.

    Args:
        wiring: The blocks, coarsest first.
        path_channels: Output channels of each path's lateral convolution.
        channels: Channels that the last block must have.

    Raises:
        ValueError: If the last block has other channels.
    """
    block_channels: list[int] = []
    for block in wiring:
        previous = block_channels[-1:]
        inputs = [path_channels[path] for path in block] + previous
        block_channels.append(min(inputs))
    if block_channels[-1] != channels:
        raise ValueError(
            f'channels={channels} must be the width of the last block, '
            f'{block_channels[-1]}: the blocks of wiring={wiring} with '
            f'path_channels={list(path_channels)} have widths '
            f'{block_channels}'
        )
    return block_channels


def resolve_block_parts(
    num_blocks: int,
    *,
    unit: PartConfig,
    fusion: PartConfig,
    pooling: PartConfig,
) -> list[dict[str, Any]]:
    """Return the configs of each block's parts, by part, coarsest first.

    Args:
        num_blocks: Number of blocks of the wiring.
        unit: One config for all blocks, or a sequence of one config per
            block, coarsest first; None leaves units out.
        fusion: As ``unit``, but never None.
        pooling: As ``unit``.

    Raises:
        ValueError: If a part is neither a config nor a sequence of one config
            per block.
    """
    units = _repeat_config('unit', unit, num_blocks, optional=True)
    fusions = _repeat_config('fusion', fusion, num_blocks, optional=False)
    poolings = _repeat_config('pooling', pooling, num_blocks, optional=True)
    return [
        dict(unit=block_unit, fusion=block_fusion, pooling=block_pooling)
        for block_unit, block_fusion, block_pooling in zip(
            units, fusions, poolings, strict=True
        )
    ]


def check_backbone_levels(
    levels: Sequence[Tensor],
    in_index: Sequence[int],
    in_channels: Sequence[int],
) -> None:
    """Check that the backbone's levels are those that the head expects.

    Args:
        levels: Feature maps of shapes (N, C_i, H_i, W_i).
        in_index: Level of each input path.
        in_channels: Channels of each input path.

    Raises:
        ValueError: If a level is missing, has other channels, or is empty.
    """
    given = [x.shape[1] for x in levels]
    if any(
        index >= len(given) or given[index] != channels
        for index, channels in zip(in_index, in_channels, strict=True)
    ):
        raise ValueError(
            f'the backbone gives {len(given)} levels of {given} channels, '
            f'but decode_head.in_index={list(in_index)} and '
            f'decode_head.in_channels={list(in_channels)} do not describe them'
        )
    sizes = [tuple(levels[index].shape[2:]) for index in in_index]
    if any(0 in size for size in sizes):
        raise ValueError(
            f'the backbone gives levels of {sizes} pixels (height, width): '
            'one has none; give it larger images'
        )


def _repeat_config(
    name: str, config: PartConfig, num_blocks: int, *, optional: bool
) -> list[ConfigDict | None]:
    """Return one config per block.

    Args:
        name: Key of the part, for errors.
        config: One config for all blocks, or a sequence of one per block.
        num_blocks: Number of blocks.
        optional: Whether None may leave the part out.
    """
    kind = 'a dict or None' if optional else 'a dict'

    def is_config(value: object) -> bool:
        return isinstance(value, dict) or (optional and value is None)

    if is_config(config):
        config = [config] * num_blocks  # type: ignore[list-item]
    if not isinstance(config, Sequence) or isinstance(config, str):
        raise ValueError(
            f'{name} must be {kind}, or a list of one such entry per block, '
            f'coarsest first; got {config!r}'
        )
    if len(config) != num_blocks:
        raise ValueError(
            f'{name} must list one entry per block, coarsest first: wiring '
            f'has {num_blocks} blocks, got {len(config)} entries, {config!r}'
        )
    for block, entry in enumerate(config):
        if not is_config(entry):
            raise ValueError(f'{name}[{block}] must be {kind}, got {entry!r}')
    return list(config)
