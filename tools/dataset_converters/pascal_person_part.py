"""Convert PASCAL Person-Part, as downloaded, to the layout of its data set."""

from functools import partial

from refinenet_mmseg.cli import run_tool
from refinenet_mmseg.datasets.converters.conversion import (
    converter_parser,
    run_converter,
)
from refinenet_mmseg.datasets.converters.pascal_person_part import (
    SOURCES,
    convert_pascal_person_part,
)

if __name__ == '__main__':
    parser = converter_parser(__doc__, SOURCES, 'data/pascal_person_part')
    run_tool(parser, partial(run_converter, convert_pascal_person_part))
