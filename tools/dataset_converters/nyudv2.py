"""Convert NYU Depth v2, as downloaded, to the layout of NYUDv2Dataset."""

from functools import partial

from refinenet_mmseg.cli import run_tool
from refinenet_mmseg.datasets.converters.conversion import (
    converter_parser,
    run_converter,
)
from refinenet_mmseg.datasets.converters.nyudv2 import SOURCES, convert_nyudv2

if __name__ == '__main__':
    parser = converter_parser(__doc__, SOURCES, 'data/nyudv2')
    run_tool(parser, partial(run_converter, convert_nyudv2))
