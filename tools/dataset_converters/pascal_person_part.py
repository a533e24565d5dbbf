"""Convert PASCAL Person-Part, as downloaded, to the layout of its data set."""

from refinenet_mmseg.datasets.converters.command import run_converter
from refinenet_mmseg.datasets.converters.pascal_person_part import (
    COUNTS,
    SOURCES,
    convert_pascal_person_part,
)

if __name__ == '__main__':
    run_converter(
        convert_pascal_person_part,
        __doc__,
        SOURCES,
        'data/pascal_person_part',
        COUNTS,
    )
