"""Savings of the lean max pooling in training, against ``nn.MaxPool2d``.

The head alone, eagerly, on detached features of the widths of a ResNet-101:
the activation memory, the time of a step and, on a GPU, its peak memory. Both
heads have the same weights and take turns.
"""

import argparse
import copy
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from mmengine import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import Tensor, nn

from refinenet_mmseg import config_path
from refinenet_mmseg.cost import describe_machine
from refinenet_mmseg.cost.counters import ActivationMemoryCounter
from refinenet_mmseg.cost.timing import time_interleaved
from refinenet_mmseg.cost.workload import DTYPES
from refinenet_mmseg.models.blocks.lean_max_pooling import LeanMaxPool2d

STRIDES = (4, 8, 16, 32)


def build_heads(
    config: str, device: str, channels_last: bool
) -> dict[str, nn.Module]:
    """Build a head with lean and one with plain pooling."""
    init_default_scope('mmseg')
    lean = MODELS.build(Config.fromfile(config_path(config)).model.decode_head)
    if channels_last:
        lean.to(memory_format=torch.channels_last)
    lean.to(device).train()
    plain = copy.deepcopy(lean)
    for stage in plain.modules():
        if isinstance(getattr(stage, 'pool', None), LeanMaxPool2d):
            size = stage.pool.kernel_size
            stage.pool = nn.MaxPool2d(size, 1, size // 2)
    return dict(lean=lean, plain=plain)


def make_step(
    head: nn.Module, features: list[Tensor], dtype: torch.dtype
) -> Callable[[], None]:
    """Make a function that runs a head forward and backward."""

    def step() -> None:
        head.zero_grad(set_to_none=True)
        logits = run_head(head, features, dtype)
        logits.backward(torch.ones_like(logits))

    return step


def run_head(
    head: nn.Module, features: list[Tensor], dtype: torch.dtype
) -> Tensor:
    """Run a head forward, in the precision that training runs it in."""
    if dtype == torch.float32:
        return head(features)
    with torch.autocast(features[0].device.type, dtype):
        return head(features)


def largest_difference(device: str) -> dict[str, float]:
    """Compare the lean pooling's output and gradient with torch's.

    In fp32 and bf16, in both memory formats. On a GPU torch adds gradients
    in any order: there they may differ by a rounding.

    Args:
        device: ``cpu`` or ``cuda``.
    """
    torch.manual_seed(0)
    # few values: many ties
    x = torch.randint(-3, 4, (2, 64, 65, 47)).to(device, torch.float32)
    upstream = torch.randn(x.shape).to(device)
    differences = dict(output=0.0, gradient=0.0)
    for dtype, memory_format in itertools.product(
        (torch.float32, torch.bfloat16),
        (torch.contiguous_format, torch.channels_last),
    ):
        results = []
        for pooling in (LeanMaxPool2d(5), nn.MaxPool2d(5, 1, 2)):
            leaf = x.to(dtype, memory_format=memory_format, copy=True)
            output = pooling(leaf.requires_grad_())
            output.backward(upstream.to(dtype))
            results.append((output, leaf.grad))
        for key, ours, theirs in zip(differences, *results, strict=True):
            difference = float((ours - theirs).abs().max())
            differences[key] = max(differences[key], difference)
    return differences


def measure_pooling(
    config: str = '_base_/models/refinenet_r101.py',
    size: tuple[int, int] = (256, 256),
    batch_size: int = 1,
    device: str = 'cpu',
    dtype: str = 'fp32',
    rounds: int = 10,
) -> dict[str, object]:
    """Measure both poolings.

    Args:
        config: A config of this project, by its path under ``configs/``.
        size: Height and width of the images, in pixels.
        batch_size: Number of images in a batch.
        device: ``cpu`` or ``cuda``.
        dtype: ``fp32``, ``bf16`` or ``fp16``.
        rounds: Number of times that a step is timed; 0 counts memory alone.
    """
    heads = build_heads(config, device, channels_last=True)
    torch.manual_seed(0)
    features = [
        torch.randn(batch_size, width, *(edge // stride for edge in size))
        .to(device, DTYPES[dtype])
        .contiguous(memory_format=torch.channels_last)
        for width, stride in zip(
            heads['lean'].in_channels, STRIDES, strict=True
        )
    ]
    steps = {
        name: make_step(head, features, DTYPES[dtype])
        for name, head in heads.items()
    }
    row: dict[str, object] = dict(
        config=config,
        shape=list(size),
        batch_size=batch_size,
        device=device,
        dtype=dtype,
    )
    kept = {}
    for name, head in heads.items():
        with ActivationMemoryCounter(head) as saved:
            run_head(head, features, DTYPES[dtype])
        kept[name] = saved.bytes / 2**20
    row['saved_for_backward_mb'] = kept
    row['saved_ratio'] = kept['lean'] / kept['plain']
    if device == 'cuda':
        peaks = {
            name: peak_memory(head, steps[name])
            for name, head in heads.items()
        }
        row['peak_memory_mb'] = peaks
        row['peak_ratio'] = peaks['lean'] / peaks['plain']
    if rounds:
        lean, plain = time_interleaved([steps['lean'], steps['plain']], rounds)
        row['step_ms'] = dict(
            lean=1000 * float(np.median(lean)),
            plain=1000 * float(np.median(plain)),
        )
        row['step_ratio'] = float(np.median(lean / plain))
    return row


def peak_memory(head: nn.Module, step: Callable[[], None]) -> float:
    """Measure the megabytes that a step needs, gradients included."""
    step()
    head.zero_grad(set_to_none=True)
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    step()
    torch.cuda.synchronize()
    return (torch.cuda.max_memory_allocated() - before) / 2**20


def main() -> None:
    """Parse the arguments, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--config', default='_base_/models/refinenet_r101.py')
    parser.add_argument('--shape', nargs=2, type=int, default=(256, 256))
    parser.add_argument('--batch-size', type=int, default=1)
    parser.add_argument('--device', choices=['cpu', 'cuda'], default='cpu')
    parser.add_argument('--dtype', choices=list(DTYPES), default='fp32')
    parser.add_argument(
        '--rounds', type=int, default=10, help='0: count, do not time'
    )
    parser.add_argument('--json', metavar='F', help='write the row here')
    arguments = parser.parse_args()
    row = measure_pooling(
        arguments.config,
        tuple(arguments.shape),
        arguments.batch_size,
        arguments.device,
        arguments.dtype,
        arguments.rounds,
    )
    text = json.dumps(describe_machine(arguments.device) | row, indent=2)
    print(text)
    if arguments.json:
        Path(arguments.json).write_text(f'{text}\n')


if __name__ == '__main__':
    main()
