"""Reports are readable on a terminal."""

import io

from rich.console import Console
from support.networks import write_refinenet_config

from refinenet_mmseg.cost import BenchmarkOptions, make_table, measure, prepare


def test_the_table_fits_a_terminal(tmp_path):
    model = prepare(
        write_refinenet_config(tmp_path), BenchmarkOptions(shape=(32, 32))
    )
    file = io.StringIO()
    Console(width=80, file=file).print(make_table(measure([model], 1)))
    assert '1, 32x32' in file.getvalue()
    assert 'tiny: ' in file.getvalue()
