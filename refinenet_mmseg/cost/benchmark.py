"""Benchmark of segmentors: preparation, counts and times."""

import copy
import resource
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from rich.progress import Progress
from torch import Tensor, nn

from ..configs import read_config
from ..deployment.export import (
    check_export_arguments,
    make_metadata,
    write_program,
)
from ..deployment.exportable_segmentor import (
    ExportableSegmentor,
    ExportOptions,
)
from ..deployment.formats import SUFFIXES
from ..deployment.program import load_program
from ..devices import device_name
from ..inference.drawing import name_classes
from ..inference.optimization import optimize
from .counters import (
    ActivationMemoryCounter,
    count_multiply_adds,
    count_parameters,
)
from .lower_bound import (
    ConvolutionCall,
    make_lower_bound,
    record_convolutions,
)
from .timing import time_interleaved
from .workload import (
    BenchmarkOptions,
    build_model,
    make_images,
    make_training_step,
)

MEGABYTE = 2**20
TORCH = 'torch'
FORMATS = (TORCH, 'torch-export', 'onnx', 'onnx-int8')


@dataclass(frozen=True)
class BenchmarkedModel:
    """A model that is ready to be timed.

    Args:
        row: Its row of the results so far: its config, the options and the
            counts.
        model: The module that ``step`` runs.
        step: Runs the model once.
        lower_bound: Runs its convolutions once.
    """

    row: dict[str, Any]
    model: nn.Module
    step: Callable[[], object]
    lower_bound: Callable[[], object]


def prepare(
    config: str | Path,
    options: BenchmarkOptions,
    checkpoint: str | Path | None = None,
    trust_checkpoint: bool = False,
) -> BenchmarkedModel:
    """Build a model, count its parameters, and make the steps to be timed.

    Args:
        config: Any mmseg config.
        options: The options of the benchmark.
        checkpoint: Weights; None means random ones. Default: None.
        trust_checkpoint: Whether the checkpoint may run code. Default: False.
    """
    model = build_model(config, checkpoint, trust_checkpoint).to(
        options.device
    )
    row = dict(
        config=str(config),
        device=options.device,
        dtype=options.dtype,
        mode=options.mode,
        compiled=options.compiled,
        channels_last=options.channels_last,
        batch_size=options.batch_size,
        shape=list(options.shape),
        parameters=count_parameters(model),
        multiply_adds=count_multiply_adds(model, options.shape),
        saved_for_backward_mb=None,
    )
    step: Callable[[], object]
    if options.mode == 'train':
        step, calls, saved_bytes = _prepare_training(model, options)
        row['saved_for_backward_mb'] = saved_bytes / MEGABYTE
    else:
        model, step, calls = _prepare_inference(model, options)
    return BenchmarkedModel(row, model, step, make_lower_bound(calls, options))


def _prepare_training(
    model: nn.Module, options: BenchmarkOptions
) -> tuple[Callable[[], object], list[ConvolutionCall], int]:
    eager = make_training_step(model, replace(options, compiled=False))
    with ActivationMemoryCounter(model) as saved:
        eager()
    calls = record_convolutions(model, eager)
    step = make_training_step(model, options) if options.compiled else eager
    return step, calls, saved.bytes


def _prepare_inference(
    model: nn.Module, options: BenchmarkOptions
) -> tuple[nn.Module, Callable[[], object], list[ConvolutionCall]]:
    model.eval()
    model.to(options.device, memory_format=options.memory_format)
    images = make_images(options)
    with torch.no_grad():
        calls = record_convolutions(model, lambda: model._forward(images))
    fast = optimize(
        model, options.torch_dtype, options.compiled, options.channels_last
    )
    return fast, lambda: fast(images), calls


def prepare_formats(
    config: str | Path,
    options: BenchmarkOptions,
    formats: Sequence[str],
    checkpoint: str | Path | None = None,
    trust_checkpoint: bool = False,
) -> list[BenchmarkedModel]:
    """Prepare a model in torch and in the formats that it is exported to.

    All of them resize their logits to the size of the images, as exported
    programs do. Exported programs take the shape and batch size of the
    options alone. Those in 8 bit are calibrated on random images: good
    enough to time them, useless for predictions.

    Args:
        config: Any mmseg config.
        options: The options of the benchmark.
        formats: Some of ``FORMATS``.
        checkpoint: Weights; None means random ones. Default: None.
        trust_checkpoint: Whether the checkpoint may run code. Default: False.

    Raises:
        ImportError: If a package of the extra ``deploy`` is missing.
        ValueError: If the model cannot be exported.
    """
    first = prepare(config, options, checkpoint, trust_checkpoint)
    model = build_model(config, checkpoint, trust_checkpoint).eval()
    model.cfg = read_config(config)
    names, palette = name_classes(max(2, model.num_classes), {})
    model.dataset_meta = dict(classes=names, palette=palette)
    return [
        _resize_logits(first, options, model.align_corners)
        if name == TORCH
        else _export(first, options, model, name)
        for name in formats
    ]


def _resize_logits(
    benchmarked: BenchmarkedModel,
    options: BenchmarkOptions,
    align_corners: bool,
) -> BenchmarkedModel:
    images, model = make_images(options), benchmarked.model

    def step() -> Tensor:
        return F.interpolate(
            model(images),
            options.shape,
            mode='bilinear',
            align_corners=align_corners,
        )

    row = dict(benchmarked.row, format=TORCH, file_mb=None)
    return replace(benchmarked, row=row, step=step)


def _export(
    benchmarked: BenchmarkedModel,
    options: BenchmarkOptions,
    model: nn.Module,
    name: str,
) -> BenchmarkedModel:
    """Export a model and load the file."""
    file_format = name.removesuffix('-int8')
    export_options = ExportOptions(
        shape=options.shape, batch_size=options.batch_size
    )
    images = make_images(replace(options, channels_last=False)).numpy()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f'program{SUFFIXES[file_format]}')
        check_export_arguments(path, file_format)
        segmentor = ExportableSegmentor(copy.deepcopy(model), export_options)
        write_program(
            segmentor,
            path,
            file_format,
            make_metadata(model, segmentor),
            calibration_inputs=None if name == file_format else [images],
        )
        size = path.stat().st_size
        program = load_program(path)
    row = dict(benchmarked.row, format=name, file_mb=size / MEGABYTE)
    return replace(benchmarked, row=row, step=lambda: program(images))


def measure(
    models: Sequence[BenchmarkedModel],
    rounds: int,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Time prepared models and their lower bounds, all of them in turns.

    Args:
        models: The models, on one device.
        rounds: Number of times that each is timed.
        progress: Progress bars to add one to. Default: None.

    Returns:
        A row for each model. Its ratios are medians of the rounds' ratios.
    """
    device = models[0].row['device']
    functions = [
        f for model in models for f in (model.step, model.lower_bound)
    ]
    seconds = time_interleaved(functions, rounds, progress)
    steps, lower_bounds = seconds[0::2], seconds[1::2]
    rows = []
    for model, times, bounds in zip(models, steps, lower_bounds, strict=True):
        p10, median, p90 = (
            float(np.percentile(1000 * times, percent))
            for percent in (10, 50, 90)
        )
        rows.append(
            dict(
                **model.row,
                machine=_describe_processor(device),
                latency_ms=dict(median=median, p10=p10, p90=p90),
                images_per_second=1000 * model.row['batch_size'] / median,
                peak_memory_mb=_peak_memory(model, device),
                floor_ms=float(np.median(1000 * bounds)),
                floor_ratio=float(np.median(times / bounds)),
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


def _describe_processor(device: str) -> str:
    """Name the device, and the threads of a CPU, which change its times."""
    threads = f', {torch.get_num_threads()} threads'
    return device_name(device) + (threads if device == 'cpu' else '')


def _peak_memory(benchmarked: BenchmarkedModel, device: str) -> float:
    """Measure the peak memory, in megabytes.

    Of the model alone on a GPU; on a CPU, of the process so far.
    """
    if device != 'cuda':
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    model = benchmarked.model
    weights = sum(
        tensor.nbytes for tensor in (*model.parameters(), *model.buffers())
    )
    model.zero_grad(set_to_none=True)
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    benchmarked.step()
    peak = torch.cuda.max_memory_allocated() - before + weights
    return peak / MEGABYTE
