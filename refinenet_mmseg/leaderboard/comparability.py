"""Which results may stand in one ranking."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from .loading import Run

# What was measured, and on what.
MEASURED_BY = (
    'data_set',
    'split',
    'num_images',
    'classes',
    'test_size',
    'ignore_index',
    'reduce_zero_label',
    'test_time_augmentation',
)
# What the training was given.
TRAINED_BY = (
    'input_size',
    'initialisation',
    'iterations',
    'batch_size',
    'processes',
)


def group_comparable(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Put runs together that agree in ``MEASURED_BY`` and ``TRAINED_BY``.

    A run whose training is not fully known is compared with none but those of
    its own name: two unknown schedules need not be the same one.

    Args:
        runs: The runs.

    Returns:
        The runs of each group under an identifier that the protocol alone
        decides, such as ``camvid-val-1f0c62ab``.
    """
    groups: dict[str, list[Run]] = {}
    for run in runs:
        protocol = protocol_of(run.result)
        known: dict[str, Any] = dict(protocol)
        if None in (protocol[field] for field in TRAINED_BY):
            known['name'] = run.result['name']
        digest = hashlib.sha256(
            json.dumps(known, sort_keys=True).encode()
        ).hexdigest()
        words = f'{data_set_name(run.result)}-{run.result["split"]}'.lower()
        slug = ''.join(c if c.isalnum() else '-' for c in words)
        groups.setdefault(f'{slug}-{digest[:8]}', []).append(run)
    return groups


def protocol_of(result: dict[str, Any]) -> dict[str, Any]:
    """Pick the fields that have to agree.

    Args:
        result: What a result file holds.
    """
    return {field: result[field] for field in (*MEASURED_BY, *TRAINED_BY)}


def data_set_name(result: dict[str, Any]) -> str:
    """Name the data set as people do: ``CamVidDataset`` is CamVid.

    Args:
        result: What a result file or a published row holds.
    """
    name = str(result['data_set'])
    return name.removesuffix('Dataset') or name


def describe_protocol(protocol: dict[str, Any]) -> list[tuple[str, str]]:
    """Tell what the results of a ranking have in common.

    Args:
        protocol: What ``protocol_of`` returned.

    Returns:
        Pairs of a term and what it is here.
    """
    images = f'{protocol["num_images"]:,}'
    return [
        ('Evaluated on', f'{images} images ({protocol["split"]})'),
        ('Test size', _size(protocol['test_size'])),
        ('Training crop', _size(protocol['input_size'])),
        ('Schedule', describe_schedule(protocol)),
        ('Initialisation', protocol['initialisation'] or 'not known'),
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


def tell_apart(protocols: Sequence[dict[str, Any]]) -> list[str]:
    """Tell what is particular to each of several protocols.

    Args:
        protocols: What ``protocol_of`` returned, of one data set and split.

    Returns:
        For each protocol the terms in which they differ, such as ``training
        crop: 360x480``; empty for a single one.
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


def describe_schedule(protocol: dict[str, Any]) -> str:
    """Tell the length of the training, such as ``10,000 iterations of 4``.

    Args:
        protocol: What ``protocol_of`` returned.
    """
    iterations, batch = protocol['iterations'], protocol['batch_size']
    if iterations is None or batch is None or protocol['processes'] is None:
        return 'not known'
    return f'{iterations:,} iterations of {batch * protocol["processes"]}'


def _size(size: Any) -> str:
    if size is None:
        return 'various'
    if isinstance(size, str):
        return size
    return f'{size[0]}x{size[1]}'
