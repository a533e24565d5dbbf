import argparse
import io
import json
import subprocess
import sys

import pytest
from rich.console import Console
from support.tiny import write_config

from refinenet_mmseg.cost import (
    Setting,
    add_benchmark_arguments,
    make_table,
    measure,
    prepare,
    run_benchmark,
)
from refinenet_mmseg.cost.subject import build_model


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
    small = write_config(tmp_path)
    smaller = write_config(tmp_path, 'smaller.py', num_output_units=1)
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
    config, out = write_config(tmp_path), tmp_path / 'out.json'
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


def test_training_counts_what_is_kept(tmp_path):
    setting = Setting(shape=(64, 64), batch_size=2, mode='train')
    kept = []
    for pooling in ('ChainedResidualPooling', None):
        pooling = pooling and dict(type=pooling)
        config = write_config(tmp_path, pooling=pooling)
        (row,) = measure([prepare(config, setting)], rounds=1)
        kept.append(row['saved_for_backward_mb'])
    assert kept[0] > kept[1] > 0


def test_counts_are_deterministic(tmp_path):
    setting = Setting(shape=(64, 64), batch_size=2, mode='train')
    config = write_config(tmp_path)
    first, second = (prepare(config, setting).row for _ in range(2))
    assert first == second


def test_a_sweep_fits_the_growth_and_draws_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr('refinenet_mmseg.cost.command.SWEEP_SIZES', (32, 64))
    run(
        *(write_config(tmp_path), '--rounds', 1, '--sweep'),
        *('--plot', tmp_path / 'sweep.png', '--json', tmp_path / 'a.json'),
    )
    assert len(json.loads((tmp_path / 'a.json').read_text())['rows']) == 4
    assert 'time grows as pixels to the' in capsys.readouterr().out
    assert (tmp_path / 'sweep.png').stat().st_size > 1000


def test_the_table_fits_a_terminal(tmp_path):
    subject = prepare(write_config(tmp_path), Setting(shape=(32, 32)))
    file = io.StringIO()
    Console(width=80, file=file).print(make_table(measure([subject], 1)))
    assert '1, 32x32' in file.getvalue()
    assert 'tiny: ' in file.getvalue()


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('--rounds', 0), '--rounds must be at least 1, got 0'),
        (('--shape', 0, 5), '--shape must be at least 1'),
        (('--plot', 'a.png'), 'add --sweep'),
        (('--json', 'no/a.json'), 'no/a.json: there is no such folder'),
        (('--checkpoint', 'nowhere'), 'no such file: nowhere'),
        (('--device', 'cuda'), 'no GPU'),
    ],
)
def test_wrong_arguments_are_refused(
    tmp_path, monkeypatch, arguments, message
):
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    with pytest.raises((ValueError, OSError), match=message):
        run(write_config(tmp_path), *arguments)


def test_a_config_without_a_model_is_refused(tmp_path):
    path = tmp_path / 'empty.py'
    path.write_text('a = 1\n')
    with pytest.raises(KeyError, match=r'empty\.py has no model'):
        build_model(path)
