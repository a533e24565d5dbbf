"""Which backbone path enters which RefineNet block.

A *wiring* is a sequence of blocks, coarsest first; a block is a sequence of
indices into the head's input paths. With the paths of a ResNet, finest first
(strides 4, 8, 16, 32), the cascades of the paper's table 9 are::

    single          ((3, 2, 1, 0),)
    2-cascaded      ((3, 2), (1, 0))
    4-cascaded      ((3,), (2,), (1,), (0,))
    4-cascaded 2-scale, paths 4 to 7 from the second backbone
                    ((3, 7), (2, 6), (1, 5), (0, 4))
"""

from collections.abc import Sequence

Wiring = Sequence[Sequence[int]]


def one_block_a_path(num_paths: int) -> Wiring:
    """Wire each path to a block of its own, the last path first.

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


def block_widths(
    wiring: Wiring, path_channels: Sequence[int], channels: int
) -> list[int]:
    """Tell the width of each block: the smallest among its inputs.

    Args:
        wiring: The blocks, coarsest first.
        path_channels: Channels of each path.
        channels: Width that the last block has to have.

    Raises:
        ValueError: If it has another.
    """
    widths: list[int] = []
    for block in wiring:
        inputs = [path_channels[path] for path in block] + widths[-1:]
        widths.append(min(inputs))
    if widths[-1] != channels:
        raise ValueError(
            f'channels={channels} must be the width of the last block, '
            f'{widths[-1]}: the blocks of wiring={wiring} with '
            f'path_channels={list(path_channels)} have widths {widths}'
        )
    return widths
