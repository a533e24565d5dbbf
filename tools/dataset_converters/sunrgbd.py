"""Convert SUN RGB-D, as downloaded, to the layout of SUNRGBDDataset."""

import argparse
import sys

from refinenet_mmseg.datasets.converters.sunrgbd import (
    COUNTS,
    SOURCES,
    convert_sunrgbd,
)


def main() -> None:
    """Parse the arguments and call the package."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='\n'.join(
            [
                'files in SOURCE_DIR:',
                *(f'  {name}\n    {get}' for name, get in SOURCES.items()),
            ]
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'source_dir', metavar='SOURCE_DIR', help='folder of the download'
    )
    parser.add_argument(
        '-o',
        '--out-dir',
        default='data/sunrgbd',
        help='folder to fill (default: %(default)s)',
    )
    arguments = parser.parse_args()
    try:
        written = convert_sunrgbd(arguments.source_dir, arguments.out_dir)
    except (ImportError, OSError, ValueError) as error:
        sys.exit(f'{parser.prog}: error: {error}')
    counts = ', '.join(f'{number} {name}' for name, number in COUNTS.items())
    print(f'{arguments.out_dir} is complete: {counts}; {written} are new')


if __name__ == '__main__':
    main()
