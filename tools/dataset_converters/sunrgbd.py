"""Convert SUN RGB-D, as downloaded, to the layout of SUNRGBDDataset."""

from functools import partial

from refinenet_mmseg.cli import run_tool
from refinenet_mmseg.datasets.converters.conversion import (
    converter_parser,
    run_converter,
)
from refinenet_mmseg.datasets.converters.sunrgbd import (
    SOURCES,
    convert_sunrgbd,
)

if __name__ == '__main__':
    parser = converter_parser(__doc__, SOURCES, 'data/sunrgbd')
    run_tool(parser, partial(run_converter, convert_sunrgbd))
