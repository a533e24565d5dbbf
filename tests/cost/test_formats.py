"""Exported formats are measured beside torch, and compute the same."""

import argparse
import io

import pytest
import torch
from rich.console import Console
from support.tiny import write_config

from refinenet_mmseg.cost import (
    Setting,
    add_benchmark_arguments,
    make_table,
    measure,
    run_benchmark,
)
from refinenet_mmseg.cost.formats import FORMATS, prepare_formats
from refinenet_mmseg.deployment.optional import OLDEST_TORCH

needs_new_torch = pytest.mark.skipif(
    torch.torch_version.TorchVersion(torch.__version__) < OLDEST_TORCH,
    reason=f'needs torch {OLDEST_TORCH}',
)


@needs_new_torch
def test_formats_side_by_side(tmp_path):
    config = write_config(
        tmp_path, num_adapt_units=1, num_output_units=1, pooling=None
    )
    checkpoint = tmp_path / 'weights.pth'
    torch.save(_weights(config), checkpoint)
    setting = Setting(shape=(32, 48), batch_size=2)
    subjects = prepare_formats(config, setting, FORMATS, checkpoint)
    first, *others = (torch.as_tensor(s.step()) for s in subjects)
    assert first.shape == (2, 3, 32, 48)
    for subject, logits in zip(subjects[1:], others, strict=True):
        in_8_bit = subject.row['format'] == 'onnx-int8'
        scale = first.abs().max()
        error = (logits - first).abs().max() / scale
        assert error < (0.2 if in_8_bit else 1e-4)
        assert (error > 1e-3) == in_8_bit

    rows = measure(subjects, 1)
    assert [row['format'] for row in rows] == list(FORMATS)
    sizes = [row['file_mb'] for row in rows]
    assert sizes[0] is None
    assert min(sizes[1:]) == sizes[3]
    file = io.StringIO()
    Console(width=80, file=file).print(make_table(rows))
    assert 'A torch-export' in file.getvalue()
    assert 'file' in file.getvalue()


def _weights(config):
    from refinenet_mmseg.cost.subject import build_model

    torch.manual_seed(0)
    return build_model(config).state_dict()


@pytest.mark.parametrize(
    'arguments', [('--mode', 'train'), ('--dtype', 'bf16'), ('--sweep',)]
)
def test_what_formats_cannot_be_compared_in(tmp_path, arguments):
    parser = argparse.ArgumentParser()
    add_benchmark_arguments(parser)
    config = str(write_config(tmp_path))
    with pytest.raises(ValueError, match='--format compares inference on'):
        run_benchmark(
            parser.parse_args([config, '--format', 'onnx', *arguments])
        )
