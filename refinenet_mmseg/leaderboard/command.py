"""Command line of ``tools/leaderboard.py``."""

import argparse
import json
from pathlib import Path

from ..atomic_io import atomic_write_text
from .export import to_json, to_markdown
from .page import render_page
from .pictures import Picture, make_pictures
from .ranking import make_rankings
from .reading import add_costs, read_published, read_runs


def add_leaderboard_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the leaderboard."""
    parser.add_argument(
        'folders',
        nargs='+',
        metavar='DIR',
        help='read every result.json in and below these folders',
    )
    parser.add_argument(
        '--out', required=True, metavar='DIR', help='folder to write to'
    )
    parser.add_argument(
        '--published',
        metavar='FILE',
        help='JSON file of published numbers, shown separately',
    )
    parser.add_argument(
        '--costs',
        metavar='FILE',
        action='append',
        default=[],
        help='costs of these configs, from tools/benchmark.py --json; may be '
        'repeated',
    )
    parser.add_argument(
        '--images',
        metavar='DIR',
        help='images of the split, to show with their predictions',
    )
    parser.add_argument(
        '--labels',
        metavar='DIR',
        help='label maps of these images, with the same names',
    )


def run_leaderboard(args: argparse.Namespace) -> None:
    """Write ``leaderboard.json``, ``leaderboard.md``, ``leaderboard.html``.

    Raises:
        FileNotFoundError: If an input is missing.
        ImportError: If plotly or Jinja is not installed.
        ValueError: If an argument or an input is not valid.
    """
    out = Path(args.out)
    _check_arguments(args)
    runs = read_runs(args.folders)
    for path in args.costs:
        runs = add_costs(runs, path)
    rankings = make_rankings(runs)
    published = read_published(args.published) if args.published else []
    pictures: dict[str, list[Picture]] = {}
    if args.images is not None:
        pictures = make_pictures(
            rankings, Path(args.images), Path(args.labels)
        )
    # All texts before the first file: an error changes no file.
    data = to_json(rankings, published)
    texts = {
        'leaderboard.json': json.dumps(data, indent=1, ensure_ascii=False)
        + '\n',
        'leaderboard.md': to_markdown(rankings, published),
        'leaderboard.html': render_page(rankings, published, pictures),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        atomic_write_text(out / name, text)
        print(f'wrote {out / name}')


def _check_arguments(args: argparse.Namespace) -> None:
    out = Path(args.out)
    if out.exists() and not out.is_dir():
        raise ValueError(f'--out {out} is a file; name a folder')
    if (args.images is None) != (args.labels is None):
        raise ValueError('--images and --labels belong together: give both')
    for option in ('images', 'labels'):
        folder = getattr(args, option)
        if folder is not None and not Path(folder).is_dir():
            raise FileNotFoundError(f'--{option}: no such folder: {folder}')
