"""What a segmentor costs: its size, its time, its memory."""

from .benchmark import describe_machine, measure, prepare
from .command import add_benchmark_arguments, run_benchmark
from .report import make_table, plot_sweep, write_json
from .subject import Setting

__all__ = [
    'Setting',
    'add_benchmark_arguments',
    'describe_machine',
    'make_table',
    'measure',
    'plot_sweep',
    'prepare',
    'run_benchmark',
    'write_json',
]
