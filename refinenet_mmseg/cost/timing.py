"""Times of several functions, side by side."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from rich.progress import Progress

NUM_WARM_UPS = 2


def time_interleaved(
    functions: Sequence[Callable[[], object]],
    rounds: int,
    device: str = 'cpu',
    progress: Progress | None = None,
) -> np.ndarray:
    """Time functions in turns: A B A B, so that noise meets all alike.

    Args:
        functions: The functions; each is called twice before, which also
            compiles what is compiled.
        rounds: How often each is timed.
        device: Waited for before and after each call. Default: ``cpu``.
        progress: Where to show how far it is. Default: nowhere.

    Returns:
        Seconds, of shape (functions, rounds).
    """
    total = len(functions) * (NUM_WARM_UPS + rounds)
    task = progress and progress.add_task('Measuring', total=total)
    seconds = np.zeros((len(functions), rounds))
    for number in range(-NUM_WARM_UPS, rounds):
        for index, function in enumerate(functions):
            elapsed = _time_once(function, device)
            if number >= 0:
                seconds[index, number] = elapsed
            if progress is not None and task is not None:
                progress.advance(task)
    return seconds


def _time_once(function: Callable[[], object], device: str) -> float:
    _wait_for(device)
    start = time.perf_counter()
    function()
    _wait_for(device)
    return time.perf_counter() - start


def _wait_for(device: str) -> None:
    if device == 'cuda':
        torch.cuda.synchronize()


def growth_exponent(
    pixels: Sequence[float], seconds: Sequence[float]
) -> float:
    """Fit the power of the pixels by which the time grows.

    Args:
        pixels: Pixels of each measurement.
        seconds: Its time.

    Returns:
        1 where the time is proportional to the pixels.
    """
    slope, _ = np.polyfit(np.log(pixels), np.log(seconds), 1)
    return float(slope)
