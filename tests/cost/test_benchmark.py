"""Models are counted and timed, in torch and in exported formats."""

import io

import pytest
import torch
from rich.console import Console
from support.networks import write_refinenet_config

from refinenet_mmseg.cost import (
    BenchmarkOptions,
    make_table,
    measure,
    prepare,
    prepare_formats,
)
from refinenet_mmseg.cost.benchmark import FORMATS
from refinenet_mmseg.cost.workload import build_model
from refinenet_mmseg.deployment.formats import OLDEST_TORCH


def test_training_counts_activation_memory(tmp_path):
    options = BenchmarkOptions(shape=(64, 64), batch_size=2, mode='train')
    saved = []
    for pooling in ('ChainedResidualPooling', None):
        pooling = pooling and dict(type=pooling)
        config = write_refinenet_config(tmp_path, pooling=pooling)
        (row,) = measure([prepare(config, options)], rounds=1)
        saved.append(row['saved_for_backward_mb'])
    assert saved[0] > saved[1] > 0


def test_counts_are_deterministic(tmp_path):
    options = BenchmarkOptions(shape=(64, 64), batch_size=2, mode='train')
    config = write_refinenet_config(tmp_path)
    first, second = (prepare(config, options).row for _ in range(2))
    assert first == second


needs_new_torch = pytest.mark.skipif(
    torch.torch_version.TorchVersion(torch.__version__) < OLDEST_TORCH,
    reason=f'needs torch {OLDEST_TORCH}',
)


@needs_new_torch
def test_formats_side_by_side(tmp_path):
    config = write_refinenet_config(
        tmp_path, num_adapt_units=1, num_output_units=1, pooling=None
    )
    checkpoint = tmp_path / 'weights.pth'
    torch.save(_weights(config), checkpoint)
    options = BenchmarkOptions(shape=(32, 48), batch_size=2)
    models = prepare_formats(config, options, FORMATS, checkpoint)
    first, *others = (torch.as_tensor(m.step()) for m in models)
    assert first.shape == (2, 3, 32, 48)
    for model, logits in zip(models[1:], others, strict=True):
        in_8_bit = model.row['format'] == 'onnx-int8'
        scale = first.abs().max()
        error = (logits - first).abs().max() / scale
        assert error < (0.2 if in_8_bit else 1e-4)
        assert (error > 1e-3) == in_8_bit

    rows = measure(models, 1)
    assert [row['format'] for row in rows] == list(FORMATS)
    sizes = [row['file_mb'] for row in rows]
    assert sizes[0] is None
    assert min(sizes[1:]) == sizes[3]
    file = io.StringIO()
    Console(width=80, file=file).print(make_table(rows))
    assert 'A torch-export' in file.getvalue()
    assert 'file' in file.getvalue()


def _weights(config):
    torch.manual_seed(0)
    return build_model(config).state_dict()
