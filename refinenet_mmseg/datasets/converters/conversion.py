"""What every converter does: write pairs, resume, show progress, verify."""

import shutil
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from rich.progress import track


@dataclass(frozen=True)
class Pair:
    """An image and its label map, read when their turn comes.

    Args:
        split: Folder they go to, such as 'train'.
        name: File name without suffix.
        read: Gives the image, as RGB values (H, W, 3) of 8 bits or as the
            file to copy, and the label values (H, W).
        folders: Where images and label maps go, braces for the split.
            Defaults to mmseg's folders.
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
    """Write image and label map of every pair to its folders, and verify it.

    A file takes its name when it is whole. So a call that was interrupted is
    made up for by the same call, which goes on where the first one stopped.
    In the end every file is read back.

    Args:
        pairs: What to write, in the order that is quickest to read.
        out_dir: Folder to fill; made if absent.
        image_suffix: Suffix of the images, '.png' or that of the copied
            files. Label maps are 8-bit PNG files.
        counts: Number of pairs by split, as published.
        label_values: Values that a label map may hold, 0 to 255.
        show_progress: Whether to show progress bars. Defaults to True.

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
            f'{dict(counts)}; download it again, whole.'
        )
    names = Counter((pair.split, pair.name) for pair in pairs)
    twice = [name for name, number in names.items() if number > 1]
    if twice:
        raise ValueError(
            f'The source names {"/".join(twice[0])} more than once; download '
            'it again.'
        )


def _check_names(pairs: Sequence[Pair]) -> None:
    """Refuse names that lead out of the folder to fill."""
    paths = [pair.name for pair in pairs if Path(pair.name).name != pair.name]
    if paths:
        raise ValueError(
            f'The source names {len(paths)} images by paths, {paths[0]!r} for '
            'one, rather than by plain names; download it again.'
        )


def _check_folders(
    pairs: Sequence[Pair], out_dir: Path, image_suffix: str
) -> None:
    expected: dict[Path, set[str]] = {}
    for pair in pairs:
        for path in _paths(pair, out_dir, image_suffix):
            names = expected.setdefault(path.parent, set())
            names.update((path.name, _unfinished(path).name))
    for folder, names in expected.items():
        folder.mkdir(parents=True, exist_ok=True)
        others = sorted({path.name for path in folder.iterdir()} - names)
        if others:
            raise FileExistsError(
                f'{folder} holds other files than those of this data set '
                f'({len(others)}, such as {others[0]}); name another folder '
                'or remove them.'
            )


def _unfinished(path: Path) -> Path:
    return path.with_name(f'{path.name}.part')


def _write(
    pair: Pair,
    image_path: Path,
    label_path: Path,
    label_values: Collection[int],
) -> None:
    image, labels = pair.read()
    name = f'{pair.split}/{pair.name}'
    _check_values(
        labels, label_values, f'The source of {name}', 'download it again'
    )
    if isinstance(image, Path):
        _check_size(
            _decoded_size(image, 'download it again'),
            labels,
            f'The source of {name} ({image})',
        )
        _write_whole(image_path, lambda path: shutil.copyfile(image, path))
    else:
        size = (image.shape[1], image.shape[0])
        _check_size(size, labels, f'The source of {name}')
        _write_whole(
            image_path, lambda path: Image.fromarray(image).save(path, 'PNG')
        )
    values: np.ndarray = labels.astype(np.uint8)
    _write_whole(
        label_path, lambda path: Image.fromarray(values).save(path, 'PNG')
    )


def _write_whole(path: Path, write: Callable[[Path], object]) -> None:
    unfinished = _unfinished(path)
    try:
        write(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _verify(
    image_path: Path, label_path: Path, label_values: Collection[int]
) -> None:
    remedy = 'delete it and convert again'
    size = _decoded_size(image_path, remedy)
    _decoded_size(label_path, remedy)
    with Image.open(label_path) as opened:
        labels = np.asarray(opened)
    _check_values(
        labels,
        label_values,
        str(label_path),
        remedy,
    )
    _check_size(size, labels, str(label_path))


def _decoded_size(path: Path, remedy: str) -> tuple[int, int]:
    """Give width and height of an image that can be read to its end."""
    try:
        with Image.open(path) as image:
            image.load()
            return image.size
    except (OSError, SyntaxError) as error:  # what Pillow raises on damage
        raise OSError(f'{path} is damaged ({error}); {remedy}.') from error


def _check_values(
    labels: np.ndarray, label_values: Collection[int], where: str, remedy: str
) -> None:
    if labels.ndim != 2:
        raise ValueError(
            f'{where} holds a label map of shape {labels.shape}, not (H, W); '
            f'{remedy}.'
        )
    others = sorted(set(np.unique(labels).tolist()) - set(label_values))
    if others:
        raise ValueError(
            f'{where} holds the label values {others[:5]}; those of the data '
            f'set are {sorted(label_values)}; {remedy}.'
        )


def _check_size(size: tuple[int, int], labels: np.ndarray, where: str) -> None:
    height, width = labels.shape
    if size != (width, height):
        raise ValueError(
            f'{where}: the image has {size[0]}x{size[1]} pixels (width x '
            f'height), the label map {width}x{height}; the two do not belong '
            'together.'
        )
