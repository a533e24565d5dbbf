"""Photos, truths and what each network of a ranking predicts for them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .entry import Entry
from .label_maps import (
    encode_errors,
    encode_labels,
    encode_photo,
    read_label_map,
    share_right,
)
from .loading import Run
from .predictions import find_predictions
from .ranking import Ranking

MAX_PICTURES = 8  # as many as the page may show of CamVid
MAX_CHARACTERS = 8_000_000  # of all pictures together
CREDITS = {
    'CamVidDataset': 'Images and labels: CamVid. Brostow, Fauqueur, Cipolla, '
    '“Semantic object classes in video: A high-definition ground truth '
    'database”, Pattern Recognition Letters 30, 2009. For research use.',
}
PHOTO_SUFFIXES = ('.png', '.jpg', '.jpeg')


@dataclass(frozen=True)
class Prediction:
    """What a network predicts for a picture.

    Args:
        entry: The network.
        seed: Of the run that predicted; None where it is not known.
        labels: Data URI of the labels.
        errors: Data URI of where they are wrong.
        accuracy: Share of labeled pixels that are right, in percent.
    """

    entry: Entry
    seed: int | None
    labels: str
    errors: str
    accuracy: float | None


@dataclass(frozen=True)
class Picture:
    """A photo with all that is known of it.

    Args:
        name: Its file's name without the suffix.
        size: Height and width.
        photo: Data URI.
        truth: Data URI of its labels.
        predictions: One of each network that has one, the best network first.
    """

    name: str
    size: tuple[int, int]
    photo: str
    truth: str
    predictions: list[Prediction]

    @property
    def characters(self) -> int:
        """How much of the page it takes."""
        maps = (p.labels + p.errors for p in self.predictions)
        return len(self.photo) + len(self.truth) + sum(map(len, maps))


def make_pictures(
    ranking: Ranking,
    images: Path,
    labels: Path,
    budget: int = MAX_CHARACTERS,
) -> list[Picture]:
    """Put the pictures of a ranking together.

    Those that most networks have predicted, spread over the data set, and no
    more than fit.

    Args:
        ranking: The ranking.
        images: Folder of the photos.
        labels: Folder of their label maps, of the same names.
        budget: How many characters they may take. Default: 8 million.

    Returns:
        At most eight pictures; none if nothing was predicted of what the
        folders hold.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file does not fit.
    """
    found = [_predictions_of(entry) for entry in ranking.entries]
    counts = Counter(name for _, files in found for name in files)
    photos = {
        name: photo
        for name in sorted(counts)
        if (photo := _find_photo(images, name)) is not None
    }
    if not photos:
        return []
    most = max(counts[name] for name in photos)
    pictures: list[Picture] = []
    for name in _choose([n for n in photos if counts[n] == most]):
        picture = _make_picture(ranking, name, photos[name], labels, found)
        budget -= picture.characters
        if budget < 0:
            break
        pictures.append(picture)
    return sorted(pictures, key=lambda picture: picture.name)


def _predictions_of(entry: Entry) -> tuple[Run, dict[str, Path]]:
    """Take those of the first run that has any."""
    for run in entry.runs:
        files = find_predictions(run)
        if files:
            return run, files
    return entry.runs[0], {}


def _find_photo(folder: Path, name: str) -> Path | None:
    files = (folder / f'{name}{suffix}' for suffix in PHOTO_SUFFIXES)
    return next((file for file in files if file.is_file()), None)


def _choose(names: Sequence[str]) -> list[str]:
    """Choose evenly from the first to the last."""
    count = min(MAX_PICTURES, len(names))
    chosen = np.linspace(0, len(names) - 1, count).round().astype(int)
    return [names[index] for index in chosen.tolist()]


def _make_picture(
    ranking: Ranking,
    name: str,
    photo: Path,
    labels: Path,
    found: list[tuple[Run, dict[str, Path]]],
) -> Picture:
    num_classes = len(ranking.protocol['classes'])
    uri, size = encode_photo(photo)
    path = labels / f'{name}.png'
    truth = read_label_map(
        path, num_classes, ranking.protocol['reduce_zero_label']
    )
    _check_size(path, truth, size, photo)
    predictions = []
    for entry, (run, files) in zip(ranking.entries, found, strict=True):
        if name not in files:
            continue
        predicted = read_label_map(files[name], num_classes)
        _check_size(files[name], predicted, size, photo)
        predictions.append(
            Prediction(
                entry,
                run.result['seed'],
                encode_labels(predicted, ranking.palette),
                encode_errors(predicted, truth),
                share_right(predicted, truth),
            )
        )
    drawn = encode_labels(truth, ranking.palette)
    return Picture(name, size, uri, drawn, predictions)


def _check_size(
    path: Path, found: np.ndarray, size: tuple[int, int], photo: Path
) -> None:
    if found.shape != size:
        raise ValueError(
            f'{path} is {found.shape[1]} x {found.shape[0]}, but the image '
            f'{photo} {size[1]} x {size[0]}'
        )
