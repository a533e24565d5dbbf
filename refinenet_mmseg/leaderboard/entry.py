"""A network of a ranking: what its runs add up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .loading import Run
from .names import SUBJECTS, method_of
from .spread import Spread, summarize

METRICS = ('mIoU', 'mAcc', 'aAcc')


@dataclass(frozen=True)
class Entry:
    """A network of a ranking, trained once or with several seeds.

    Args:
        rank: Its place by mean mIoU, from 1.
        label: A short name, unique in the ranking.
        runs: Its runs, in the order of their seeds.
        metrics: mIoU, mAcc and aAcc in percent.
        per_class: IoU of each class in percent; None for a class that occurs
            in neither truth nor prediction.
        boundary: mIoU in percent by the width of the band in pixels; empty
            where it was not measured.
    """

    rank: int
    label: str
    runs: list[Run]
    metrics: dict[str, Spread]
    per_class: dict[str, Spread | None]
    boundary: dict[int, Spread | None]

    @property
    def result(self) -> dict[str, Any]:
        """What the first run's file holds."""
        return self.runs[0].result

    @property
    def method(self) -> str:
        """Name of the method of its head."""
        return method_of(self.result['head'])

    @property
    def is_subject(self) -> bool:
        """Whether it is one of this package's networks."""
        return self.method in SUBJECTS

    @cached_property
    def cost(self) -> dict[str, Any] | None:
        """Cost row of the first run that has one: weights do not change it."""
        return self._measured.result['cost'] if self._measured else None

    @property
    def cost_file(self) -> str | None:
        """The file of the cost row."""
        if self._measured is None:
            return None
        return (self._measured.cost_file or self._measured.path).as_posix()

    @cached_property
    def _measured(self) -> Run | None:
        return next((run for run in self.runs if run.result['cost']), None)

    @cached_property
    def cost_setting(self) -> tuple[Any, ...] | None:
        """What has to agree for two latencies to be compared."""
        if self.cost is None:
            return None
        fields = ('device', 'dtype', 'mode', 'compiled', 'channels_last')
        return (
            *(self.cost[field] for field in fields),
            self.cost['batch_size'],
            *self.cost['shape'],
            self.cost['machine'],
        )


def summarize_runs(rank: int, label: str, runs: Sequence[Run]) -> Entry:
    """Summarize what the seeds of a network gave.

    Args:
        rank: Its place by mean mIoU, from 1.
        label: A short name, unique in the ranking.
        runs: Its runs, of one config.
    """
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
            name: Spread.of([result['metrics'][name] for result in results])
            for name in METRICS
        },
        {
            name: summarize(r['per_class_iou'][name] for r in results)
            for name in results[0]['classes']
        },
        {w: summarize(b.get(str(w)) for b in boundaries) for w in widths},
    )
