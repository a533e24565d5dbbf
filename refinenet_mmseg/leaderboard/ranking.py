"""Rankings: the networks that share a protocol, by mean mIoU over seeds."""

import itertools
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from .protocols import (
    describe_differences,
    describe_protocol,
    get_protocol,
    group_by_protocol,
)
from .reading import Run, data_set_name

METRICS = ('mIoU', 'mAcc', 'aAcc')
# Decode heads by the names of their papers, as mmseg's configs are called.
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
PACKAGE_METHODS = ('RefineNet', 'Light-weight RefineNet')


@dataclass(frozen=True)
class MeanAndDeviation:
    """Mean and sample standard deviation over seeds.

    Args:
        mean: The mean.
        deviation: The sample standard deviation; None for a single seed.
        n: Number of seeds.
    """

    mean: float
    deviation: float | None
    n: int

    def __str__(self) -> str:
        """Return ``61.2 ± 0.4``, or ``61.2`` for a single seed."""
        text = f'{self.mean:.1f}'
        if self.deviation is not None:
            text += f' ± {self.deviation:.1f}'
        return text


@dataclass(frozen=True)
class Entry:
    """A network in a ranking, trained once or with several seeds.

    Args:
        rank: Rank by mean mIoU, from 1.
        label: A short name, unique in the ranking.
        runs: Its runs, sorted by seed.
        metrics: mIoU, mAcc and aAcc in percent.
        per_class: IoU of each class in percent; None for a class that occurs
            neither in the ground truth nor in a prediction.
        boundary: mIoU in percent within a band along the label boundaries,
            by the band's width in pixels; empty if it was not measured.
    """

    rank: int
    label: str
    runs: list[Run]
    metrics: dict[str, MeanAndDeviation]
    per_class: dict[str, MeanAndDeviation | None]
    boundary: dict[int, MeanAndDeviation | None]

    @property
    def result(self) -> dict[str, Any]:
        """Return the result of the first seed."""
        return self.runs[0].result

    @property
    def method(self) -> str:
        """Return the method that the decode head implements."""
        return method_name(self.result['head'])

    @property
    def is_from_package(self) -> bool:
        """Return whether the decode head is one of this package's."""
        return self.method in PACKAGE_METHODS

    @cached_property
    def benchmarked_run(self) -> Run | None:
        """Return the first run with a cost: the seed makes no difference."""
        return next((run for run in self.runs if run.result['cost']), None)

    @property
    def cost(self) -> dict[str, Any] | None:
        """Return the network's row of ``tools/benchmark.py``."""
        run = self.benchmarked_run
        return run.result['cost'] if run else None

    @property
    def cost_file(self) -> str | None:
        """Return the file that the cost is from."""
        run = self.benchmarked_run
        return (run.cost_file or run.path).as_posix() if run else None

    @property
    def cost_image_size(self) -> tuple[int, ...] | None:
        """Return the image size that multiply-adds were counted at."""
        return tuple(self.cost['shape']) if self.cost else None

    @property
    def latency_conditions(self) -> tuple[Any, ...] | None:
        """Return everything that has to agree to compare latencies."""
        if self.cost is None:
            return None
        fields = (
            *('machine', 'device', 'dtype', 'mode', 'compiled'),
            *('channels_last', 'batch_size'),
        )
        return (*(self.cost[field] for field in fields), self.cost_image_size)


@dataclass(frozen=True)
class Ranking:
    """Comparable networks, by descending mIoU.

    Args:
        identifier: A unique name that depends on the protocol alone.
        protocol: The fields in which all results agree.
        palette: RGB color of each class.
        entries: The networks.
        subtitle: The terms of the protocol that differ from those of other
            rankings of the same data set and split. Default: ''.
    """

    identifier: str
    protocol: dict[str, Any]
    palette: list[list[int]]
    entries: list[Entry]
    subtitle: str = ''

    @property
    def title(self) -> str:
        """Return the data set and split."""
        return f'{data_set_name(self.protocol)}, {self.protocol["split"]}'

    @property
    def backbones(self) -> list[str]:
        """List the names of the backbones."""
        return sorted({entry.result['backbone'] for entry in self.entries})

    @property
    def protocol_terms(self) -> list[tuple[str, str]]:
        """Describe the protocol, and the backbone if all share it."""
        terms = describe_protocol(self.protocol)
        if len(self.backbones) == 1:
            terms.insert(0, ('Backbone', self.backbones[0]))
        return terms

    @property
    def boundary_widths(self) -> list[int]:
        """List the widths of all measured boundary bands, in pixels."""
        return sorted({w for entry in self.entries for w in entry.boundary})

    @property
    def benchmarked_entries(self) -> list[Entry]:
        """List the networks whose cost was measured."""
        return [entry for entry in self.entries if entry.cost is not None]

    @property
    def latencies_are_comparable(self) -> bool:
        """Return whether all were measured under the same conditions."""
        entries = self.benchmarked_entries
        return len({entry.latency_conditions for entry in entries}) <= 1

    @property
    def multiply_adds_are_comparable(self) -> bool:
        """Return whether all were counted at the same image size."""
        entries = self.benchmarked_entries
        return len({entry.cost_image_size for entry in entries}) <= 1


def make_rankings(runs: Iterable[Run]) -> list[Ranking]:
    """Rank comparable networks, in a ranking for each protocol.

    Args:
        runs: Runs of any protocols.

    Returns:
        The rankings by title; among those of one title, the largest first.

    Raises:
        ValueError: If two runs have the same name and seed.
    """
    rankings = [
        _make_ranking(identifier, group)
        for identifier, group in group_by_protocol(runs).items()
    ]
    rankings.sort(key=lambda r: (r.title, -len(r.entries), r.identifier))
    titled = []
    for _, same_title in itertools.groupby(rankings, key=lambda r: r.title):
        group = list(same_title)
        subtitles = describe_differences([r.protocol for r in group])
        titled += [
            replace(ranking, subtitle=subtitle)
            for ranking, subtitle in zip(group, subtitles, strict=True)
        ]
    return titled


def _make_ranking(identifier: str, runs: list[Run]) -> Ranking:
    networks: dict[tuple[str, str], list[Run]] = {}
    seeds: dict[tuple[str, int | None], Run] = {}
    for run in runs:
        name, seed = run.result['name'], run.result['seed']
        other = seeds.setdefault((name, seed), run)
        if other is not run:
            raise ValueError(
                f'{other.path} and {run.path} are both {name!r} with seed '
                f'{seed} in the same ranking: remove one of them, or give '
                'one another name or seed'
            )
        # Seeds of one name are not averaged if their configs differ.
        key = (name, run.result['config_hash'])
        networks.setdefault(key, []).append(run)
    groups = sorted(networks.values(), key=_ranking_key)
    labels = _make_labels([group[0].result for group in groups])
    first = groups[0][0].result
    return Ranking(
        identifier,
        get_protocol(first),
        first['palette'],
        [
            _make_entry(rank, label, group)
            for rank, (label, group) in enumerate(
                zip(labels, groups, strict=True), 1
            )
        ],
    )


def _ranking_key(runs: list[Run]) -> tuple[float, str]:
    """Return the key to sort by: descending mean mIoU, then name."""
    scores = [run.result['metrics']['mIoU'] for run in runs]
    return -statistics.fmean(scores), runs[0].result['name']


def _make_entry(rank: int, label: str, runs: list[Run]) -> Entry:
    runs = sorted(
        runs, key=lambda run: (run.result['seed'] is None, run.result['seed'])
    )
    results = [run.result for run in runs]
    boundaries = [result['boundary'] or {} for result in results]
    widths = sorted({int(width) for b in boundaries for width in b})
    return Entry(
        rank,
        label,
        runs,
        {
            name: _summarize([result['metrics'][name] for result in results])
            for name in METRICS
        },
        {
            name: summarize_seeds(r['per_class_iou'][name] for r in results)
            for name in results[0]['classes']
        },
        {
            width: summarize_seeds(b.get(str(width)) for b in boundaries)
            for width in widths
        },
    )


def summarize_seeds(
    values: Iterable[float | None],
) -> MeanAndDeviation | None:
    """Compute mean and standard deviation over seeds.

    Args:
        values: The value of each seed; None if a seed has none.

    Returns:
        None if no seed has a value.
    """
    known = [value for value in values if value is not None]
    return _summarize(known) if known else None


def _summarize(values: Sequence[float]) -> MeanAndDeviation:
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return MeanAndDeviation(statistics.fmean(values), deviation, len(values))


def method_name(head: str) -> str:
    """Return the name of the method that a decode head implements.

    Args:
        head: Type of the head. An unknown one keeps its name without
            ``Head``.
    """
    return METHODS.get(head) or head.removesuffix('Head') or head


def _make_labels(results: Sequence[dict[str, Any]]) -> list[str]:
    """Find a short, unique label for each network.

    The label is the method if that is unique, otherwise the first unique one
    of: method and backbone, the config's name, name and config hash.
    """
    candidates = []
    for result in results:
        method, name = method_name(result['head']), result['name']
        candidates.append(
            (
                method,
                f'{method}, {result["backbone"]}',
                name,
                f'{name} ({result["config_hash"][:7]})',
            )
        )
    labels = [names[0] for names in candidates]
    for level in range(1, 4):
        counts = Counter(labels)
        labels = [
            label if counts[label] == 1 else names[level]
            for label, names in zip(labels, candidates, strict=True)
        ]
    return labels
