"""Convert CamVid, original or SegNet's, to the layout of CamVidDataset."""

from functools import partial

from refinenet_mmseg.cli import run_tool
from refinenet_mmseg.datasets.converters.camvid import SOURCES, convert_camvid
from refinenet_mmseg.datasets.converters.conversion import (
    converter_parser,
    run_converter,
)

if __name__ == '__main__':
    parser = converter_parser(__doc__, SOURCES, 'data/camvid')
    run_tool(parser, partial(run_converter, convert_camvid))
