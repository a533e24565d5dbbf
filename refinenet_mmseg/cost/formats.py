"""A model in every format that it can be exported to, side by side."""

import copy
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine import Config
from torch import nn

from ..deployment.export import check_request, export_program
from ..deployment.metadata import describe
from ..deployment.program import Interface, SegmentationProgram
from ..deployment.running import SUFFIXES, load_program
from ..inference.drawing import name_classes
from .benchmark import MEGABYTE, Subject, prepare
from .subject import Setting, build_model, make_images

TORCH = 'torch'
FORMATS = (TORCH, 'torch-export', 'onnx', 'onnx-int8')


def prepare_formats(
    config: str | Path,
    setting: Setting,
    formats: Sequence[str],
    checkpoint: str | Path | None = None,
) -> list[Subject]:
    """Make a model ready for measuring in several formats.

    All of them enlarge their logits to the size of the images, as exported
    programs do. Exported ones are of the setting's size alone; 8-bit ones
    have the ranges of random images, which is good for times and for nothing
    else.

    Args:
        config: Any mmseg config.
        setting: How the model is run.
        formats: Some of ``FORMATS``.
        checkpoint: Weights; None means random ones. Default: None.

    Raises:
        ImportError: If a package of the extra ``deploy`` is missing.
        ValueError: If the model cannot be exported.
    """
    first = prepare(config, setting, checkpoint)
    model = build_model(config, checkpoint).eval()
    model.cfg = Config.fromfile(config)
    names, palette = name_classes(max(2, model.num_classes), {})
    model.dataset_meta = dict(classes=names, palette=palette)
    return [
        _enlarged(first, setting, model)
        if name == TORCH
        else _exported(first, setting, model, name)
        for name in formats
    ]


def _enlarged(subject: Subject, setting: Setting, model: nn.Module) -> Subject:
    """Let a model in torch enlarge its logits too."""
    images = make_images(setting)
    fast, align_corners = subject.model, model.align_corners

    def step() -> torch.Tensor:
        return F.interpolate(
            fast(images),
            setting.shape,
            mode='bilinear',
            align_corners=align_corners,
        )

    return replace(subject, row=_row(subject, TORCH, None), step=step)


def _exported(
    subject: Subject, setting: Setting, model: nn.Module, name: str
) -> Subject:
    """Export a model, and load what was written."""
    file_format = name.removesuffix('-int8')
    interface = Interface(shape=setting.shape, batch_size=setting.batch_size)
    images = make_images(replace(setting, channels_last=False)).numpy()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f'program{SUFFIXES[file_format]}')
        check_request(path, file_format)
        program = SegmentationProgram(copy.deepcopy(model), interface)
        metadata = describe(model, program, interface)
        inputs = [images] if name != file_format else None
        export_program(program, path, file_format, metadata, inputs=inputs)
        size = path.stat().st_size
        loaded = load_program(path)
    return replace(
        subject, row=_row(subject, name, size), step=_step(loaded, images)
    )


def _step(
    run: Callable[[np.ndarray], np.ndarray], images: np.ndarray
) -> Callable[[], object]:
    return lambda: run(images)


def _row(subject: Subject, name: str, size: int | None) -> dict[str, Any]:
    megabytes = None if size is None else size / MEGABYTE
    return dict(subject.row, format=name, file_mb=megabytes)
