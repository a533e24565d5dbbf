"""Measure segmentors: size, time, memory, and the distance to the floor."""

import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import Progress
from torch import nn

from ..devices import device_name
from ..inference.optimize import optimize
from .counters import SavedForBackward, count_multiply_adds, count_parameters
from .floor import Convolution, make_floor, record_convolutions
from .subject import (
    DTYPES,
    Setting,
    build_model,
    make_images,
    training_step,
)
from .timing import time_interleaved

MEGABYTE = 2**20


@dataclass(frozen=True)
class Subject:
    """A model made ready for measuring.

    Args:
        name: What to call it.
        row: What was counted of it.
        model: What the step runs.
        step: Runs it once.
        floor: Runs its convolutions once.
    """

    name: str
    row: dict[str, Any]
    model: nn.Module
    step: Callable[[], object]
    floor: Callable[[], object]


def prepare(
    config: str | Path, setting: Setting, checkpoint: str | Path | None = None
) -> Subject:
    """Build a model, count what can be counted and make its steps.

    Args:
        config: Any mmseg config.
        setting: How the model is run.
        checkpoint: Weights; None means random ones. Default: None.
    """
    model = build_model(config, checkpoint).to(setting.device)
    row = dict(
        config=str(config),
        device=setting.device,
        dtype=setting.dtype,
        mode=setting.mode,
        compiled=setting.compiled,
        channels_last=setting.channels_last,
        batch_size=setting.batch_size,
        shape=list(setting.shape),
        parameters=count_parameters(model),
        multiply_adds=count_multiply_adds(model, setting.shape),
    )
    step: Callable[[], object]
    if setting.mode == 'train':
        step, calls, saved = _training(model, setting)
        measured = model
        row['saved_for_backward_mb'] = saved / MEGABYTE
    else:
        measured, step, calls = _inference(model, setting)
        row['saved_for_backward_mb'] = None
    floor = make_floor(calls, setting)
    return Subject(Path(config).stem, row, measured, step, floor)


def _training(
    model: nn.Module, setting: Setting
) -> tuple[Callable[[], object], list[Convolution], int]:
    eager = training_step(model, replace(setting, compiled=False))
    with SavedForBackward(model) as saved:
        eager()
    calls = record_convolutions(model, eager)
    step = training_step(model, setting) if setting.compiled else eager
    return step, calls, saved.bytes


def _inference(
    model: nn.Module, setting: Setting
) -> tuple[nn.Module, Callable[[], object], list[Convolution]]:
    model.eval()
    model.to(setting.device, memory_format=setting.memory_format)
    images = make_images(setting)
    with torch.no_grad():
        calls = record_convolutions(model, lambda: model._forward(images))
    fast = optimize(
        model, DTYPES[setting.dtype], setting.compiled, setting.channels_last
    )
    return fast, lambda: fast(images), calls


def measure(
    subjects: Sequence[Subject], rounds: int, progress: Progress | None = None
) -> list[dict[str, Any]]:
    """Time prepared models and their floors, all of them in turns.

    Args:
        subjects: The models, on one device.
        rounds: How often each is timed.
        progress: Where to show how far it is. Default: nowhere.

    Returns:
        A row for each model; ``ratio_to_first`` is the median of the ratios
        of the rounds.
    """
    device = subjects[0].row['device']
    functions = [f for s in subjects for f in (s.step, s.floor)]
    seconds = time_interleaved(functions, rounds, device, progress)
    steps, floors = seconds[0::2], seconds[1::2]
    rows = []
    for subject, times, floor in zip(subjects, steps, floors, strict=True):
        p10, median, p90 = (
            float(np.percentile(1000 * times, percent))
            for percent in (10, 50, 90)
        )
        rows.append(
            dict(
                **subject.row,
                machine=_name_machine(device),
                latency_ms=dict(median=median, p10=p10, p90=p90),
                images_per_second=1000 * subject.row['batch_size'] / median,
                peak_memory_mb=_peak_memory(subject, device),
                floor_ms=float(np.median(1000 * floor)),
                floor_ratio=float(np.median(times / floor)),
                ratio_to_first=float(np.median(times / steps[0])),
            )
        )
    return rows


def describe_machine(device: str) -> dict[str, Any]:
    """Describe the machine, as far as it matters for times.

    Args:
        device: ``cpu`` or ``cuda``.
    """
    return dict(
        machine=device_name(device),
        torch=torch.__version__,
        threads=torch.get_num_threads(),
    )


def _name_machine(device: str) -> str:
    """Name what times are compared on: of a CPU, its threads as well."""
    threads = f', {torch.get_num_threads()} threads'
    return device_name(device) + (threads if device == 'cpu' else '')


def _peak_memory(subject: Subject, device: str) -> float:
    """Megabytes: of the model alone on a GPU, of the process so far else."""
    if device == 'cuda':
        weights = sum(
            tensor.nbytes
            for tensor in (
                *subject.model.parameters(),
                *subject.model.buffers(),
            )
        )
        subject.model.zero_grad(set_to_none=True)
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        subject.step()
        peak = torch.cuda.max_memory_allocated() - before + weights
        return peak / MEGABYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
