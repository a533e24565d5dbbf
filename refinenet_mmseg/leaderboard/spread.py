"""Mean and deviation over seeds."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """A number measured with several seeds.

    Args:
        mean: Its mean.
        deviation: Its sample standard deviation; None for a single seed.
        n: How many seeds there are.
    """

    mean: float
    deviation: float | None
    n: int

    @classmethod
    def of(cls, numbers: Sequence[float]) -> 'Spread':
        """Summarize at least one number.

        Args:
            numbers: One of each seed.
        """
        deviation = statistics.stdev(numbers) if len(numbers) > 1 else None
        return cls(statistics.fmean(numbers), deviation, len(numbers))

    def __str__(self) -> str:
        """Write it as ``61.2 ± 0.4``, or ``61.2`` for a single seed."""
        text = f'{self.mean:.1f}'
        if self.deviation is not None:
            text += f' ± {self.deviation:.1f}'
        return text


def summarize(values: Iterable[float | None]) -> Spread | None:
    """Summarize what the seeds gave.

    Args:
        values: A number of each seed; None where it has none.

    Returns:
        None if no seed has a number.
    """
    numbers = [value for value in values if value is not None]
    return Spread.of(numbers) if numbers else None
