"""The command: its results, and errors of its options."""

import argparse
import json
import subprocess
import sys

import pytest
from support.networks import write_refinenet_config

from refinenet_mmseg.cost import add_benchmark_arguments, run_benchmark


def run(*arguments):
    parser = argparse.ArgumentParser()
    add_benchmark_arguments(parser)
    run_benchmark(parser.parse_args([str(a) for a in arguments]))


def run_as_module(*arguments):
    return subprocess.run(
        [sys.executable, '-m', 'refinenet_mmseg.cost', *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_two_configs_side_by_side(tmp_path):
    small = write_refinenet_config(tmp_path)
    smaller = write_refinenet_config(
        tmp_path, 'smaller.py', num_output_units=1
    )
    run(
        *(small, smaller, '--shape', 64, 48, '--batch-size', 2),
        *('--rounds', 2, '--json', tmp_path / 'out.json'),
    )
    written = json.loads((tmp_path / 'out.json').read_text())
    assert written.keys() == {'machine', 'torch', 'threads', 'rows'}
    first, second = written['rows']
    assert first['config'] == str(small)
    assert first['shape'] == [64, 48]
    assert first['ratio_to_first'] == 1
    assert second['parameters']['total'] < first['parameters']['total']
    assert second['multiply_adds']['total'] < first['multiply_adds']['total']
    time = first['latency_ms']
    assert 0 < time['p10'] <= time['median'] <= time['p90']
    assert first['images_per_second'] == pytest.approx(2000 / time['median'])
    assert first['floor_ratio'] > 1
    assert first['peak_memory_mb'] > 100
    assert first['saved_for_backward_mb'] is None


def test_the_module_is_the_same_command(tmp_path):
    config, out = write_refinenet_config(tmp_path), tmp_path / 'out.json'
    shape = ('--shape', 32, 32)
    finished = run_as_module(config, *shape, '--rounds', 1, '--json', out)
    assert finished.returncode == 0, finished.stderr
    (row,) = json.loads(out.read_text())['rows']
    assert row['shape'] == [32, 32]
    finished = run_as_module(config, *shape, '--rounds', 0)
    assert finished.returncode == 2
    assert finished.stderr.splitlines()[-1] == (
        'python -m refinenet_mmseg.cost: error: '
        '--rounds must be at least 1, got 0'
    )


def test_a_sweep_fits_the_growth_and_draws_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr('refinenet_mmseg.cost.command.SWEEP_SIZES', (32, 64))
    run(
        *(write_refinenet_config(tmp_path), '--rounds', 1, '--sweep'),
        *('--plot', tmp_path / 'sweep.png', '--json', tmp_path / 'a.json'),
    )
    assert len(json.loads((tmp_path / 'a.json').read_text())['rows']) == 4
    assert 'time grows as pixels to the' in capsys.readouterr().out
    assert (tmp_path / 'sweep.png').stat().st_size > 1000


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('--rounds', 0), '--rounds must be at least 1, got 0'),
        (('--shape', 0, 5), '--shape must be at least 1'),
        (('--plot', 'a.png'), 'add --sweep'),
        (('--json', 'no/a.json'), 'no/a.json: there is no such folder'),
        (('--checkpoint', 'nowhere'), 'There is no checkpoint nowhere'),
        (('--device', 'cuda'), 'no GPU'),
    ],
)
def test_wrong_arguments_are_refused(
    tmp_path, monkeypatch, arguments, message
):
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    with pytest.raises((ValueError, OSError), match=message):
        run(write_refinenet_config(tmp_path), *arguments)


@pytest.mark.parametrize(
    'arguments', [('--mode', 'train'), ('--dtype', 'bf16'), ('--sweep',)]
)
def test_formats_are_compared_only_in_fp32_inference(tmp_path, arguments):
    with pytest.raises(ValueError, match='--format compares inference on'):
        run(write_refinenet_config(tmp_path), '--format', 'onnx', *arguments)
