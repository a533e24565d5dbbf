"""Convert NYU Depth v2, as downloaded, to the layout of NYUDv2Dataset."""

from refinenet_mmseg.datasets.converters.command import run_converter
from refinenet_mmseg.datasets.converters.nyudv2 import (
    COUNTS,
    SOURCES,
    convert_nyudv2,
)

if __name__ == '__main__':
    run_converter(convert_nyudv2, __doc__, SOURCES, 'data/nyudv2', COUNTS)
