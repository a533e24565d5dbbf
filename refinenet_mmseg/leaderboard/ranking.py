"""From runs to rankings: seeds summarized, networks in order of mIoU."""

import itertools
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .comparability import (
    data_set_name,
    describe_protocol,
    group_comparable,
    protocol_of,
    tell_apart,
)
from .entry import Entry, summarize_runs
from .loading import Run
from .names import make_labels


@dataclass(frozen=True)
class Ranking:
    """Networks that can be compared, the best first.

    Args:
        identifier: Unique, the same for the same protocol.
        particular: What sets it apart from other rankings of the same data
            set and split; empty where there is none.
        protocol: The fields that all results of the ranking agree in.
        palette: Red, green and blue of each class.
        entries: The networks.
    """

    identifier: str
    particular: str
    protocol: dict[str, Any]
    palette: list[list[int]]
    entries: list[Entry]

    @property
    def title(self) -> str:
        """Data set and split."""
        return f'{data_set_name(self.protocol)}, {self.protocol["split"]}'

    @property
    def backbones(self) -> list[str]:
        """The different backbones, by name."""
        return sorted({entry.result['backbone'] for entry in self.entries})

    @property
    def terms(self) -> list[tuple[str, str]]:
        """What all its results have in common, as terms and texts."""
        terms = describe_protocol(self.protocol)
        if len(self.backbones) == 1:
            terms.insert(0, ('Backbone', self.backbones[0]))
        return terms

    @property
    def cost_settings(self) -> set[tuple[Any, ...]]:
        """The different ways in which costs were measured."""
        settings = (entry.cost_setting for entry in self.entries)
        return {setting for setting in settings if setting is not None}


def make_rankings(runs: Iterable[Run]) -> list[Ranking]:
    """Rank what can be compared, and only that.

    Args:
        runs: Runs of any protocols.

    Returns:
        The rankings: those of most networks first within a data set.

    Raises:
        ValueError: If two runs claim to be the same one.
    """
    rankings = [
        _rank(identifier, group)
        for identifier, group in group_comparable(runs).items()
    ]
    rankings.sort(key=lambda r: (r.title, -len(r.entries), r.identifier))
    named = []
    for _, same in itertools.groupby(rankings, key=lambda r: r.title):
        group = list(same)
        particulars = tell_apart([ranking.protocol for ranking in group])
        named += [
            replace(ranking, particular=particular)
            for ranking, particular in zip(group, particulars, strict=True)
        ]
    return named


def _mean_score(runs: list[Run]) -> tuple[float, str]:
    """Sort by falling mIoU, equals by name."""
    scores = [run.result['metrics']['mIoU'] for run in runs]
    return -statistics.fmean(scores), runs[0].result['name']


def _rank(identifier: str, runs: list[Run]) -> Ranking:
    networks: dict[tuple[str, str], list[Run]] = {}
    seen: dict[tuple[str, int | None], Run] = {}
    for run in runs:
        name, seed = run.result['name'], run.result['seed']
        other = seen.setdefault((name, seed), run)
        if other is not run:
            raise ValueError(
                f'{other.path} and {run.path} are both {name!r} with seed '
                f'{seed} in the same ranking: remove one of them, or give '
                'one another name or seed'
            )
        key = (name, run.result['config_hash'])
        networks.setdefault(key, []).append(run)
    groups = sorted(networks.values(), key=_mean_score)
    labels = make_labels([group[0].result for group in groups])
    first = groups[0][0].result
    return Ranking(
        identifier,
        '',
        protocol_of(first),
        first['palette'],
        [
            summarize_runs(rank, label, group)
            for rank, (label, group) in enumerate(
                zip(labels, groups, strict=True), 1
            )
        ],
    )
