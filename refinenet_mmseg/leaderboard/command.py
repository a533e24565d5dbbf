"""What tools/leaderboard.py does with its arguments."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from ..atomic_io import atomic_write
from .costs import add_costs
from .export import to_json, to_markdown
from .loading import find_runs
from .page import render_page
from .pictures import MAX_CHARACTERS, Picture, make_pictures
from .published import read_published
from .ranking import Ranking, make_rankings


def add_leaderboard_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the leaderboard.

    Args:
        parser: The tool's parser.
    """
    add = parser.add_argument
    add(
        'folders',
        nargs='+',
        metavar='DIR',
        help='every result.json in and below it is read',
    )
    add('--out', required=True, metavar='DIR', help='where to write')
    add(
        '--published',
        metavar='FILE',
        help='JSON of published numbers to show apart',
    )
    add(
        '--costs',
        metavar='FILE',
        action='append',
        default=[],
        help='what tools/benchmark.py --json measured of these configs; may '
        'be given again',
    )
    add(
        '--images',
        metavar='DIR',
        help='photos to show the predictions beside the results with',
    )
    add(
        '--labels',
        metavar='DIR',
        help='their label maps, of the same names',
    )


def run_leaderboard(args: argparse.Namespace) -> list[Path]:
    """Write ``leaderboard.json``, ``leaderboard.md``, ``leaderboard.html``.

    Args:
        args: The parsed arguments.

    Returns:
        The files written.

    Raises:
        FileNotFoundError: If an input is missing.
        ImportError: If plotly or Jinja is not installed.
        ValueError: If an input does not fit.
    """
    out = Path(args.out)
    if out.exists() and not out.is_dir():
        raise ValueError(f'--out {out} is a file; name a folder')
    if (args.images is None) != (args.labels is None):
        raise ValueError('--images and --labels belong together: give both')
    for option in ('images', 'labels'):
        folder = getattr(args, option)
        if folder is not None and not Path(folder).is_dir():
            raise FileNotFoundError(f'--{option}: no such folder: {folder}')
    runs = find_runs(args.folders)
    for path in args.costs:
        runs = add_costs(runs, path)
    rankings = make_rankings(runs)
    published = read_published(args.published) if args.published else []
    pictures: dict[str, list[Picture]] = {}
    if args.images is not None:
        pictures = _collect_pictures(
            rankings, Path(args.images), Path(args.labels)
        )
    # Everything first, then all files: a failure leaves none half done.
    texts = {
        'leaderboard.json': json.dumps(
            to_json(rankings, published), indent=1, ensure_ascii=False
        )
        + '\n',
        'leaderboard.md': to_markdown(rankings, published),
        'leaderboard.html': render_page(rankings, published, pictures),
    }
    return _write(out, texts)


def _collect_pictures(
    rankings: list[Ranking], images: Path, labels: Path
) -> dict[str, list[Picture]]:
    """Make those of each ranking, as long as the page stays small enough."""
    pictures: dict[str, list[Picture]] = {}
    budget = MAX_CHARACTERS
    for ranking in rankings:
        found = make_pictures(ranking, images, labels, budget)
        budget -= sum(picture.characters for picture in found)
        if found:
            pictures[ranking.identifier] = found
    if not pictures:
        raise ValueError(
            f'no result has a prediction of an image in {images}: '
            'predictions/NAME.png beside a result.json belongs to NAME.png '
            'or NAME.jpg there'
        )
    return pictures


def _write(out: Path, texts: Mapping[str, str]) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        with atomic_write(out / name) as beside:
            beside.write_text(text, encoding='utf-8')
    return [out / name for name in texts]
