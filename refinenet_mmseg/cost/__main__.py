"""Benchmark segmentors: the command of ``tools/benchmark.py``."""

import argparse

from ..cli import run_tool
from .command import add_benchmark_arguments, run_benchmark

if __name__ == '__main__':
    parser = argparse.ArgumentParser(
        prog='python -m refinenet_mmseg.cost', description=__doc__
    )
    add_benchmark_arguments(parser)
    run_tool(parser, run_benchmark)
