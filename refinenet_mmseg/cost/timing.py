"""Interleaved timing of several functions."""

from collections.abc import Callable, Sequence

import numpy as np
from rich.progress import Progress
from torch.utils.benchmark import timer

NUM_WARM_UPS = 2


def time_interleaved(
    functions: Sequence[Callable[[], object]],
    rounds: int,
    progress: Progress | None = None,
) -> np.ndarray:
    """Time functions in turns, A B A B, so that noise affects all alike.

    ``torch.utils.benchmark.Timer`` times one function after another, with
    warm-ups before each measurement; only its clock is used here, which waits
    for the GPU.

    Args:
        functions: The functions. Each is called twice before it is timed, as
            the first call may compile.
        rounds: Number of times that each is timed.
        progress: Progress bars to add one to. Default: None.

    Returns:
        Seconds, an array of shape (functions, rounds).
    """
    total = len(functions) * (NUM_WARM_UPS + rounds)
    task = progress and progress.add_task('Measuring', total=total)
    seconds = np.zeros((len(functions), rounds))
    for number in range(-NUM_WARM_UPS, rounds):
        for index, function in enumerate(functions):
            start = timer()
            function()
            elapsed = timer() - start
            if number >= 0:
                seconds[index, number] = elapsed
            if progress is not None and task is not None:
                progress.advance(task)
    return seconds


def fit_growth_exponent(
    pixels: Sequence[float], seconds: Sequence[float]
) -> float:
    """Fit the exponent of the power law by which time grows with pixels.

    Args:
        pixels: Number of pixels of each measurement.
        seconds: Time of each measurement.

    Returns:
        The exponent: 1 where time is proportional to the number of pixels.
    """
    slope, _ = np.polyfit(np.log(pixels), np.log(seconds), 1)
    return float(slope)
