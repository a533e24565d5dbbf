"""The cost of a segmentor: its size, time and memory."""

from .benchmark import describe_machine, measure, prepare, prepare_formats
from .command import add_benchmark_arguments, run_benchmark
from .report import make_table, plot_sweep, write_json
from .workload import BenchmarkOptions

__all__ = [
    'BenchmarkOptions',
    'add_benchmark_arguments',
    'describe_machine',
    'make_table',
    'measure',
    'plot_sweep',
    'prepare',
    'prepare_formats',
    'run_benchmark',
    'write_json',
]
