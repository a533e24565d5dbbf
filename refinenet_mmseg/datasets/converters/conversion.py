"""Steps that all converters share: command line, checks and writing."""

import argparse
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from rich.progress import track

from ...atomic_io import atomic_write, partial_path


def converter_parser(
    description: str | None, sources: Mapping[str, str], out_dir: str
) -> argparse.ArgumentParser:
    """Make the command-line parser of a converter.

    Args:
        description: Description of the tool.
        sources: Source of each file to download.
        out_dir: Default of the folder to fill.
    """
    lines = [f'  {name}\n    {source}' for name, source in sources.items()]
    parser = argparse.ArgumentParser(
        description=description,
        epilog='\n'.join(['files in SOURCE_DIR:', *lines]),
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
    return parser


def run_converter(
    convert: Callable[[str, str], int], arguments: argparse.Namespace
) -> None:
    """Convert the data set that the command line names.

    Args:
        convert: Converts the download in one folder to another folder, and
            returns the number of images that it wrote.
        arguments: The parsed command line.
    """
    written = convert(arguments.source_dir, arguments.out_dir)
    print(f'{arguments.out_dir} is complete; {written} images are new')


def check_sources(folder: Path, sources: Mapping[str, str]) -> None:
    """Check that all downloaded files exist.

    Args:
        folder: Folder of the download.
        sources: Source of each file and folder in it.

    Raises:
        FileNotFoundError: If one is missing; the message names the sources.
    """
    missing: dict[str, list[str]] = {}
    for name, source in sources.items():
        if not (folder / name).exists():
            missing.setdefault(source, []).append(name)
    if missing:
        raise FileNotFoundError(
            f'{folder} lacks '
            + '; '.join(
                f'{", ".join(names)} (download: {source})'
                for source, names in missing.items()
            )
        )


def check_files(paths: Sequence[Path], remedy: str) -> None:
    """Check that all files to convert exist.

    Args:
        paths: The files.
        remedy: Advice to the user if some are missing.

    Raises:
        FileNotFoundError: If one is missing.
    """
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise FileNotFoundError(
            f'{len(missing)} of {len(paths)} files are missing: '
            f'{", ".join(map(str, missing[:3]))}; {remedy}.'
        )


def read_image(path: Path, remedy: str, mode: str | None = None) -> np.ndarray:
    """Read all pixels of an image or label map.

    Args:
        path: The file.
        remedy: Advice to the user if it is damaged.
        mode: Mode of Pillow to convert to, such as 'RGB'. Default: None,
            the mode of the file.

    Returns:
        Pixels (H, W) or (H, W, C), 8 bits.

    Raises:
        OSError: If the file cannot be read.
    """
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert(mode) if mode else image)
    except (OSError, SyntaxError) as error:  # what Pillow raises on damage
        raise OSError(f'{path} is damaged ({error}); {remedy}.') from error


@dataclass(frozen=True)
class Pair:
    """An image and its label map, which are read only when needed.

    Args:
        split: Split that they belong to, such as 'train'.
        name: File name without suffix.
        read: Returns the image, as RGB values (H, W, 3) of 8 bits or as the
            file to copy, and the label values (H, W).
        folders: Folders of images and label maps, with braces for the split.
            Default: mmseg's folders.
    """

    split: str
    name: str
    read: Callable[[], tuple[np.ndarray | Path, np.ndarray]]
    folders: tuple[str, str] = ('img_dir/{}', 'ann_dir/{}')


def write_pairs(
    pairs: Sequence[Pair],
    out_dir: Path,
    image_suffix: str,
    counts: Mapping[str, int],
    label_values: Collection[int],
    show_progress: bool = True,
) -> int:
    """Write missing images and label maps, and verify all.

    Each file is written atomically. After an interruption, the same call
    continues where the first one stopped. In the end every file is read back.

    Args:
        pairs: Images and label maps, in the order that is quickest to read.
        out_dir: Folder to fill; created if absent.
        image_suffix: Suffix of the images, '.png' or that of the copied
            files. Label maps are 8-bit PNG files.
        counts: Number of pairs by split, as published.
        label_values: Values that a label map may hold, 0 to 255.
        show_progress: Whether to show progress bars. Default: True.

    Returns:
        Number of pairs that were written, not found from an earlier call.

    Raises:
        FileExistsError: If a folder to fill holds other files.
        OSError: If a file cannot be read or written.
        ValueError: If the number of pairs, a size or a label value is wrong.
    """
    _check_counts(pairs, counts)
    _check_names(pairs)
    _check_folders(pairs, out_dir, image_suffix)
    missing = [
        pair
        for pair in pairs
        if not all(
            path.is_file() for path in _paths(pair, out_dir, image_suffix)
        )
    ]
    for pair in track(
        missing, description='Converting', disable=not show_progress
    ):
        _write(pair, *_paths(pair, out_dir, image_suffix), label_values)
    for pair in track(
        pairs, description='Verifying', disable=not show_progress
    ):
        _verify(*_paths(pair, out_dir, image_suffix), label_values)
    return len(missing)


def _paths(pair: Pair, out_dir: Path, image_suffix: str) -> tuple[Path, Path]:
    """Return the paths of an image and its label map."""
    images, labels = (folder.format(pair.split) for folder in pair.folders)
    return (
        out_dir / images / f'{pair.name}{image_suffix}',
        out_dir / labels / f'{pair.name}.png',
    )


def _check_counts(pairs: Sequence[Pair], counts: Mapping[str, int]) -> None:
    found = Counter(pair.split for pair in pairs)
    if found != Counter(counts):
        raise ValueError(
            f'The source holds {dict(found)} images, the published data set '
            f'{dict(counts)}; download all of it again.'
        )
    names = Counter((pair.split, pair.name) for pair in pairs)
    repeated = [name for name, number in names.items() if number > 1]
    if repeated:
        raise ValueError(
            f'The source names {"/".join(repeated[0])} more than once; '
            'download it again.'
        )


def _check_names(pairs: Sequence[Pair]) -> None:
    """Check that names are not paths, which may leave the folder to fill."""
    paths = [pair.name for pair in pairs if Path(pair.name).name != pair.name]
    if paths:
        raise ValueError(
            f'The source names {len(paths)} images by paths, {paths[0]!r} for '
            'one, rather than by plain names; download it again.'
        )


def _check_folders(
    pairs: Sequence[Pair], out_dir: Path, image_suffix: str
) -> None:
    """Create the folders to fill, and check that they hold no other files."""
    expected: dict[Path, set[str]] = {}
    for pair in pairs:
        for path in _paths(pair, out_dir, image_suffix):
            names = expected.setdefault(path.parent, set())
            names.update((path.name, partial_path(path).name))
    for folder, names in expected.items():
        folder.mkdir(parents=True, exist_ok=True)
        others = sorted({path.name for path in folder.iterdir()} - names)
        if others:
            raise FileExistsError(
                f'{folder} holds other files than those of this data set '
                f'({len(others)}, such as {others[0]}); name another folder '
                'or remove them.'
            )


def _write(
    pair: Pair,
    image_path: Path,
    label_path: Path,
    label_values: Collection[int],
) -> None:
    image, labels = pair.read()
    source = f'The source of {pair.split}/{pair.name}'
    remedy = 'download it again'
    _check_values(labels, label_values, source, remedy)
    if isinstance(image, Path):
        pixels = read_image(image, remedy)
        _check_size(pixels, labels, f'{source} ({image})')
        with atomic_write(image_path) as partial:
            shutil.copyfile(image, partial)
    else:
        _check_size(image, labels, source)
        _save(image, image_path)
    _save(labels.astype(np.uint8), label_path)


def _save(pixels: np.ndarray, path: Path) -> None:
    with atomic_write(path) as partial:
        Image.fromarray(pixels).save(partial)


def _verify(
    image_path: Path, label_path: Path, label_values: Collection[int]
) -> None:
    remedy = 'delete it and convert again'
    image = read_image(image_path, remedy)
    labels = read_image(label_path, remedy)
    _check_values(labels, label_values, str(label_path), remedy)
    _check_size(image, labels, str(label_path))


def _check_values(
    labels: np.ndarray, label_values: Collection[int], origin: str, remedy: str
) -> None:
    if labels.ndim != 2:
        raise ValueError(
            f'{origin} holds a label map of shape {labels.shape}, not (H, W); '
            f'{remedy}.'
        )
    others = sorted(set(np.unique(labels).tolist()) - set(label_values))
    if others:
        raise ValueError(
            f'{origin} holds the label values {others[:5]}; those of the data '
            f'set are {sorted(label_values)}; {remedy}.'
        )


def _check_size(image: np.ndarray, labels: np.ndarray, origin: str) -> None:
    if image.shape[:2] != labels.shape:
        height, width = image.shape[:2]
        label_height, label_width = labels.shape
        raise ValueError(
            f'{origin}: the image has {width}x{height} pixels (width x '
            f'height), the label map {label_width}x{label_height}; the two do '
            'not belong together.'
        )
