"""Whether reduce_zero_label fits the values in the label maps."""

from collections.abc import Iterable

import numpy as np

from .findings import ERROR, WARNING

_VOID = 255  # what mmseg's loading ignores, with reduce_zero_label or without


def judge_zero_label(
    counts: np.ndarray, expected: Iterable[int], reduced: bool
) -> tuple[str, str] | None:
    """Compare the values in the files with what each setting expects.

    Without ``reduce_zero_label`` the values that a data set knows stand in
    the files as they are: 0 to the number of classes less 1, or the keys of
    ``label_map``. With it they stand there one higher, and 0, which need not
    occur, means no class. 255 says nothing. A setting misfits by

    1. the number of values in the files that it does not expect, and, where
       that is equal,
    2. the number of values it expects that never occur.

    It looks wrong where the other setting misfits less. That is an error
    where the other one does not misfit at all, else a warning. So, for C
    classes, labels 0 to C-1 under True are an error, and 1 to C under False;
    1 to C-1 could be either and are let pass. So are 0 to C under False,
    where C is reported as a value that is no class: either 0 or C is none.

    Args:
        counts: Pixels of each value in the files, of shape (256,).
        expected: Values that the data set knows once 0 is reduced.
        reduced: Whether ``reduce_zero_label`` is set.

    Returns:
        Severity and message; None where the setting looks right.
    """
    used = set(np.flatnonzero(counts).tolist()) - {_VOID}
    plain = set(expected) - {_VOID}
    if not used or not plain:
        return None
    shifted = {value + 1 for value in plain}
    misfit = {
        False: (len(used - plain), len(plain - used)),
        True: (len(used - shifted - {0}), len(shifted - used)),
    }
    if misfit[not reduced] >= misfit[reduced] or (0 in used and not reduced):
        return None
    severity = WARNING if any(misfit[not reduced]) else ERROR
    values = f'the files hold {name_ranges(used)}'
    if reduced:
        return severity, (
            f'reduce_zero_label=True looks wrong: {values}, which fits '
            'without it; with it 0 is ignored and '
            f'{name_ranges(shifted - used) or "no value"} never occurs'
        )
    return severity, (
        f'reduce_zero_label=False looks wrong: {values}, which fits with it; '
        f'without it {name_ranges(plain - used)} never occurs'
    )


def name_ranges(values: Iterable[int]) -> str:
    """Write whole numbers as ranges, such as ``0 to 3, 7``.

    Args:
        values: Whole numbers in any order.
    """
    ranges: list[list[int]] = []
    for value in sorted(values):
        if ranges and value == ranges[-1][-1] + 1:
            ranges[-1] = [ranges[-1][0], value]
        else:
            ranges.append([value])
    return ', '.join(' to '.join(map(str, ends)) for ends in ranges)
