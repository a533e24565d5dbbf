"""Convert SUN RGB-D, as downloaded, to the layout of SUNRGBDDataset."""

from refinenet_mmseg.datasets.converters.command import run_converter
from refinenet_mmseg.datasets.converters.sunrgbd import (
    COUNTS,
    SOURCES,
    convert_sunrgbd,
)

if __name__ == '__main__':
    run_converter(convert_sunrgbd, __doc__, SOURCES, 'data/sunrgbd', COUNTS)
