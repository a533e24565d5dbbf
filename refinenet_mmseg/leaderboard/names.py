"""What to call the networks of a ranking."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

# Head types under the names of their papers, as mmseg's configs are called.
METHODS = {
    'ASPPHead': 'DeepLabV3',
    'DepthwiseSeparableASPPHead': 'DeepLabV3+',
    'FCNHead': 'FCN',
    'FPNHead': 'Semantic FPN',
    'LightWeightRefineNetHead': 'Light-weight RefineNet',
    'PSPHead': 'PSPNet',
    'RefineNetHead': 'RefineNet',
    'SegformerHead': 'SegFormer',
    'UPerHead': 'UPerNet',
}
SUBJECTS = ('RefineNet', 'Light-weight RefineNet')
"""The methods of this package."""


def method_of(head: str) -> str:
    """Name the method of a decode head.

    Args:
        head: Type of the head; an unknown one keeps its name, less ``Head``.
    """
    return METHODS.get(head) or head.removesuffix('Head') or head


def make_labels(results: Sequence[dict[str, Any]]) -> list[str]:
    """Find short names, each of them unique.

    The method alone, where that tells them apart; else with the backbone,
    with the config's name, with the first digits of its hash.

    Args:
        results: A result of each network.
    """
    candidates = [
        [
            method_of(result['head']),
            f'{method_of(result["head"])}, {result["backbone"]}',
            result['name'],
            f'{result["name"]} ({result["config_hash"][:7]})',
        ]
        for result in results
    ]
    for level in range(3):
        labels = [names[level] for names in candidates]
        counts = Counter(labels)
        if max(counts.values()) == 1:
            return labels
        for names in candidates:
            if counts[names[level]] == 1:  # already unique: keep it
                names[level + 1 :] = [names[level]] * (3 - level)
    return [names[-1] for names in candidates]
