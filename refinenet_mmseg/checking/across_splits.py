"""What only several splits together show."""

from collections import defaultdict

import numpy as np

from .findings import Finding
from .totals import Totals
from .zero_label import judge_zero_label


def judge_zero_labels(totals: dict[str, Totals]) -> list[Finding]:
    """Judge ``reduce_zero_label`` by the label maps of all splits.

    Args:
        totals: Counts of each split.
    """
    counts: dict[tuple, dict[str, np.ndarray]] = defaultdict(dict)
    for name, total in totals.items():
        for (mapped, reduced), raw in total.raw.items():
            expected = mapped or tuple(range(len(total.classes)))
            counts[expected, reduced][name] = raw
    found = []
    for (expected, reduced), by_split in counts.items():
        both = np.sum(list(by_split.values()), axis=0)
        verdict = judge_zero_label(both, expected, reduced)
        if verdict is not None:
            severity, message = verdict
            split = ', '.join(by_split)
            found.append(
                Finding(split, 'reduce_zero_label', message, [], severity)
            )
    return found


def find_duplicates(totals: dict[str, Totals]) -> list[Finding]:
    """Find images of the training split, by content, in the other splits.

    Args:
        totals: Counts of each split.
    """
    own = totals['train'].digests if 'train' in totals else {}
    found = []
    for name, other in totals.items():
        files = [
            (path, f'is {own[digest]}')
            for digest, path in other.digests.items()
            if digest in own
        ]
        if name != 'train' and files:
            found.append(Finding(name, 'duplicate', files=files))
    return found
