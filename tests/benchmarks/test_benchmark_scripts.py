"""The scripts that measure performance keep working, at small sizes."""

import json
from dataclasses import replace

import gpu
import pooling
import pytest

MACHINE = dict(machine='a machine', torch='2.13.0', threads=2)
ROW = dict(
    config='_base_/models/refinenet_r50.py',
    mode='inference',
    dtype='bf16',
    compiled=True,
    batch_size=8,
    shape=[512, 512],
    floor_ratio=1.1,
)


def test_the_lean_pooling_saves_as_little_as_promised():
    row = pooling.measure_pooling(size=(32, 32), dtype='bf16', rounds=0)
    assert row['saved_ratio'] <= 0.58


def test_the_lean_pooling_computes_the_same():
    assert pooling.largest_difference('cpu') == dict(output=0, gradient=0)


def test_both_poolings_are_timed():
    row = pooling.measure_pooling(
        '_base_/models/light_weight_refinenet_r50.py', (32, 32), rounds=1
    )
    assert row['step_ratio'] > 0


def test_a_network_is_measured():
    name = '_base_/models/light_weight_refinenet_r50.py'
    options = gpu.list_runs('cpu', scale=16)[-1][1]
    options = replace(options, compiled=False, mode='inference')
    row = gpu.measure_network(name, options, rounds=1)
    assert row['tflops'] > 0
    assert row['config'] == name


def test_options_of_documented_claims_run_first_and_compiled_ones_last():
    options = [option for _, option in gpu.list_runs('cuda', 1)]
    assert len(options) == len(set(gpu.list_runs('cuda', 1))) == 96
    for option in options[:2]:
        assert (option.compiled, option.dtype) == (True, 'bf16')
        assert (option.mode, option.batch_size) == ('inference', 8)
    assert not any(option.compiled for option in options[2:50])
    assert all(option.compiled for option in options[50:])


def test_results_are_kept_and_failures_tried_again(tmp_path):
    path = tmp_path / 'out' / 'cuda.json'
    results = gpu.Results(path, MACHINE, seconds=60)
    results.add('a', lambda: dict(value=1))
    results.add('b', lambda: 1 / 0)
    assert 'ZeroDivisionError' in json.loads(path.read_text())['b']['error']

    results = gpu.Results(path, MACHINE, seconds=60)
    results.add('a', lambda: dict(value=2))
    results.add('b', lambda: dict(value=3))
    results.add('c', lambda: dict(value=4), seconds=61)  # no time for it
    assert json.loads(path.read_text()) == dict(
        machine=MACHINE, a=dict(value=1), b=dict(value=3)
    )


def test_results_of_another_machine_are_not_mixed(tmp_path):
    path = tmp_path / 'cuda.json'
    gpu.Results(path, MACHINE, 60).add('a', dict)
    with pytest.raises(ValueError, match=r'another folder by --out'):
        gpu.Results(path, dict(MACHINE, threads=1), 60)


def test_the_plot_is_drawn(tmp_path):
    gpu.draw(tmp_path / 'a.png', dict(machine=MACHINE, row=ROW))
    assert (tmp_path / 'a.png').stat().st_size > 1000
