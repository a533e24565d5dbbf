"""Training and evaluation protocol that comparable results share."""

from collections.abc import Iterable, Sequence
from typing import Any

from ..configs import hash_content
from .reading import Run, data_set_name

EVALUATION_FIELDS = (
    'data_set',
    'split',
    'num_images',
    'classes',
    'test_size',
    'ignore_index',
    'reduce_zero_label',
    'test_time_augmentation',
)
TRAINING_FIELDS = (
    'input_size',
    'initialisation',
    'iterations',
    'batch_size',
    'processes',
)


def get_protocol(result: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that have to agree within a ranking.

    Args:
        result: The content of a result file.
    """
    fields = (*EVALUATION_FIELDS, *TRAINING_FIELDS)
    return {field: result[field] for field in fields}


def group_by_protocol(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Group the runs that share a protocol.

    A run with an unknown training field is only comparable with other seeds
    of the same name: two unknown schedules may differ.

    Returns:
        The runs of each group, by an identifier that depends on the protocol
        alone, such as ``camvid-val-1f0c62ab``.
    """
    groups: dict[str, list[Run]] = {}
    for run in runs:
        protocol = get_protocol(run.result)
        hashed: dict[str, Any] = dict(protocol)
        if None in (protocol[field] for field in TRAINING_FIELDS):
            hashed['name'] = run.result['name']
        digest = hash_content(hashed)
        title = f'{data_set_name(run.result)}-{run.result["split"]}'.lower()
        slug = ''.join(c if c.isalnum() else '-' for c in title)
        groups.setdefault(f'{slug}-{digest[:8]}', []).append(run)
    return groups


def describe_protocol(protocol: dict[str, Any]) -> list[tuple[str, str]]:
    """Describe a protocol, term by term.

    Args:
        protocol: The protocol, from ``get_protocol``.

    Returns:
        Pairs of a term and its value, as text.
    """
    images = f'{protocol["num_images"]:,}'
    return [
        ('Evaluated on', f'{images} images ({protocol["split"]})'),
        ('Test size', _describe_size(protocol['test_size'])),
        ('Training crop', _describe_size(protocol['input_size'])),
        ('Schedule', _describe_schedule(protocol)),
        ('Initialization', protocol['initialisation'] or 'not known'),
        (
            'Test-time augmentation',
            'yes' if protocol['test_time_augmentation'] else 'none',
        ),
        ('Classes', str(len(protocol['classes']))),
        (
            'Ignored label',
            f'{protocol["ignore_index"]}'
            + (', and label 0' if protocol['reduce_zero_label'] else ''),
        ),
    ]


def describe_differences(protocols: Sequence[dict[str, Any]]) -> list[str]:
    """Describe the terms in which several protocols differ.

    Args:
        protocols: Protocols of one data set and split.

    Returns:
        For each protocol its values of the terms that are not the same in
        all of them, such as ``training crop: 360x480``; empty for a single
        protocol.
    """
    described = [describe_protocol(protocol) for protocol in protocols]
    return [
        ', '.join(
            f'{term[0].lower()}{term[1:]}: {text}'
            for index, (term, text) in enumerate(terms)
            if any(other[index][1] != text for other in described)
        )
        for terms in described
    ]


def _describe_schedule(protocol: dict[str, Any]) -> str:
    iterations, batch_size = protocol['iterations'], protocol['batch_size']
    processes = protocol['processes']
    if iterations is None or batch_size is None or processes is None:
        return 'not known'
    return f'{iterations:,} iterations of {batch_size * processes}'


def _describe_size(size: Any) -> str:
    if size is None:
        return 'various'
    if isinstance(size, str):
        return size
    return f'{size[0]}x{size[1]}'
