"""Convert CamVid, original or SegNet's, to the layout of CamVidDataset."""

from refinenet_mmseg.datasets.converters.camvid import (
    SOURCES,
    convert_camvid,
)
from refinenet_mmseg.datasets.converters.command import run_converter

if __name__ == '__main__':
    run_converter(convert_camvid, __doc__, SOURCES, 'data/camvid')
