"""Which levels of the backbone are the head's input paths, and how wide."""

from collections.abc import Sequence


def check_paths(
    in_channels: Sequence[int],
    in_index: Sequence[int] | None,
    input_transform: str,
) -> tuple[list[int], list[int]]:
    """Check which levels of the backbone are the input paths.

    Args:
        in_channels: Channels of each path.
        in_index: Level of each path, counted from 0; None means the first
            ones.
        input_transform: How mmseg hands over the levels.

    Returns:
        The channels and the levels, as lists.

    Raises:
        ValueError: If they do not go together.
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


def check_levels(
    levels: Sequence[int], in_index: Sequence[int], in_channels: Sequence[int]
) -> None:
    """Check that the backbone gives the levels that the head expects.

    Args:
        levels: Channels of each level that the backbone gives.
        in_index: Level of each input path.
        in_channels: Channels of each input path.

    Raises:
        ValueError: If they do not go together.
    """
    if any(
        index >= len(levels) or levels[index] != width
        for index, width in zip(in_index, in_channels, strict=True)
    ):
        raise ValueError(
            f'the backbone gives {len(levels)} levels of {list(levels)} '
            f'channels, but decode_head.in_index={list(in_index)} and '
            f'decode_head.in_channels={list(in_channels)} do not describe them'
        )


def check_pixels(
    sizes: Sequence[Sequence[int]], in_index: Sequence[int]
) -> None:
    """Check that every level has pixels.

    Args:
        sizes: Height and width of each level that the backbone gives.
        in_index: Level of each input path.

    Raises:
        ValueError: If one has none.
    """
    read = [tuple(sizes[index]) for index in in_index]
    if any(0 in size for size in read):
        raise ValueError(
            f'the backbone gives levels of {read} pixels (height, width): one '
            'has none; give it larger images'
        )


def path_widths(
    path_channels: Sequence[int] | None,
    in_channels: Sequence[int],
    channels: int,
) -> Sequence[int]:
    """Tell the width of each input path after its first convolution.

    Args:
        path_channels: The widths, if they were given.
        in_channels: Channels of each input path.
        channels: Width of all paths but the last, which has twice as much,
            if they were not given; the paper has 256 (and 512). A path that
            is alone has this width too.

    Raises:
        ValueError: If the widths are not one for each path.
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
