"""Time of training."""

import time

import torch


class TrainingClock:
    """Counts the seconds of training: validation left out, loading not."""

    def __init__(self) -> None:
        self._before: float | None = 0.0
        self._started: float | None = None

    @property
    def seconds(self) -> float | None:
        """Seconds so far; None where those before a resume are not known."""
        if self._before is None or self._started is None:
            return self._before
        return self._before + time.perf_counter() - self._started

    def resume_from(self, seconds: float | None) -> None:
        """Go on from what a checkpoint tells.

        Args:
            seconds: Of the training before; None where it is not known.
        """
        self._before = seconds

    def start(self) -> None:
        """Go on, if it stands."""
        if self._started is None:
            self._started = time.perf_counter()

    def stop(self) -> None:
        """Stand still, once the GPU has done what it was told."""
        if self._started is None:
            return
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self._before = self.seconds
        self._started = None
