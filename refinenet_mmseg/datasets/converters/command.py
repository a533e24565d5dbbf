"""What the tools of all converters do with their arguments."""

import argparse
import sys
from collections.abc import Callable, Mapping


def run_converter(
    convert: Callable[[str, str], int],
    description: str | None,
    sources: Mapping[str, str],
    out_dir: str,
    counts: Mapping[str, int] = {},
) -> None:
    """Convert the data set that the command line names.

    Args:
        convert: Takes the folder of the download and the one to fill, and
            returns the number of images that are new.
        description: What the tool does, for its help.
        sources: Files of the download, and where to get them.
        out_dir: Folder to fill unless the command line names another.
        counts: Images by split, where they are the same whatever the
            download. Default: none.
    """
    parser = argparse.ArgumentParser(
        description=description,
        epilog='\n'.join(
            [
                'files in SOURCE_DIR:',
                *(f'  {name}\n    {get}' for name, get in sources.items()),
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
        default=out_dir,
        help='folder to fill (default: %(default)s)',
    )
    arguments = parser.parse_args()
    try:
        written = convert(arguments.source_dir, arguments.out_dir)
    except (ImportError, OSError, ValueError) as error:
        sys.exit(f'{parser.prog}: error: {error}')
    splits = ', '.join(f'{number} {name}' for name, number in counts.items())
    found = (
        f': {splits}; {written} are new'
        if splits
        else (f'; {written} images are new')
    )
    print(f'{arguments.out_dir} is complete{found}')
