"""Pictures for the page: images, ground truth, predictions and errors."""

import base64
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..images import (
    IGNORED_COLORS,
    IGNORED_LABEL,
    IMAGE_SUFFIXES,
    evenly_spaced,
)
from .ranking import Entry, Ranking
from .reading import Run, find_predictions

MAX_PICTURES = 8  # as many as a page may show of CamVid
MAX_CHARACTERS = 8_000_000  # of all pictures together
CREDITS = {
    'CamVidDataset': 'Images and labels: CamVid. Brostow, Fauqueur, Cipolla, '
    '“Semantic object classes in video: A high-definition ground truth '
    'database”, Pattern Recognition Letters 30, 2009. For research use.',
}
# Pale and dark: their lightness differs for readers who cannot tell the hues
# apart.
CORRECT_COLOR, ERROR_COLOR = (218, 226, 232), (196, 45, 18)
STRIPE_WIDTH = 4  # pixels


@dataclass(frozen=True)
class Prediction:
    """The prediction of a network for a picture.

    Args:
        entry: The network.
        seed: The seed of its run; None if it is not known.
        labels: The predicted labels, as a data URI.
        errors: The map of wrong pixels, as a data URI.
        accuracy: Pixel accuracy in percent; None if all pixels are ignored.
    """

    entry: Entry
    seed: int | None
    labels: str
    errors: str
    accuracy: float | None


@dataclass(frozen=True)
class Picture:
    """An image with its ground truth and its predictions.

    Args:
        name: The image's file name without suffix.
        size: Height and width.
        image: The image, as a data URI.
        ground_truth: The true labels, as a data URI.
        predictions: The predictions of the networks, by rank.
    """

    name: str
    size: tuple[int, int]
    image: str
    ground_truth: str
    predictions: list[Prediction]

    @property
    def characters(self) -> int:
        """Count the characters of all data URIs."""
        maps = (p.labels + p.errors for p in self.predictions)
        return len(self.image) + len(self.ground_truth) + sum(map(len, maps))


def make_pictures(
    rankings: Sequence[Ranking],
    images: Path,
    labels: Path,
    max_characters: int = MAX_CHARACTERS,
) -> dict[str, list[Picture]]:
    """Make pictures for every ranking that has predictions.

    Args:
        rankings: The rankings.
        images: Folder of the images.
        labels: Folder of their label maps, with the same names.
        max_characters: The most characters that all pictures may take
            together; further ones are left out. Default: 8,000,000.

    Returns:
        At most eight evenly spaced pictures per ranking, by its identifier.

    Raises:
        FileNotFoundError: If a label map is missing.
        ValueError: If a file cannot be used or no image has a prediction.
    """
    pictures: dict[str, list[Picture]] = {}
    for ranking in rankings:
        made = _make_ranking_pictures(ranking, images, labels, max_characters)
        max_characters -= sum(picture.characters for picture in made)
        if made:
            pictures[ranking.identifier] = made
    if not pictures:
        raise ValueError(
            f'no result has a prediction of an image in {images}: '
            'predictions/NAME.png beside a result.json belongs to NAME.png '
            'or NAME.jpg there'
        )
    return pictures


def _make_ranking_pictures(
    ranking: Ranking, images: Path, labels: Path, max_characters: int
) -> list[Picture]:
    predicted = [_first_predictions(entry) for entry in ranking.entries]
    counts = Counter(name for _, files in predicted for name in files)
    paths = {
        name: path
        for name in sorted(counts)
        if (path := _find_image(images, name)) is not None
    }
    if not paths:
        return []
    # Only images that the most networks have predicted.
    most = max(counts[name] for name in paths)
    names = [name for name in paths if counts[name] == most]
    pictures: list[Picture] = []
    for index in evenly_spaced(len(names), MAX_PICTURES):
        name = names[index]
        picture = _make_picture(ranking, name, paths[name], labels, predicted)
        max_characters -= picture.characters
        if max_characters < 0:
            break
        pictures.append(picture)
    return pictures


def _first_predictions(entry: Entry) -> tuple[Run, dict[str, Path]]:
    """Return the predictions of the first run that has any."""
    for run in entry.runs:
        files = find_predictions(run)
        if files:
            return run, files
    return entry.runs[0], {}


def _find_image(folder: Path, name: str) -> Path | None:
    files = (folder / f'{name}{suffix}' for suffix in IMAGE_SUFFIXES)
    return next((file for file in files if file.is_file()), None)


def _make_picture(
    ranking: Ranking,
    name: str,
    image_path: Path,
    labels: Path,
    predicted: list[tuple[Run, dict[str, Path]]],
) -> Picture:
    num_classes = len(ranking.protocol['classes'])
    image, size = encode_image(image_path)
    truth_path = labels / f'{name}.png'
    truth = read_label_map(
        truth_path, num_classes, ranking.protocol['reduce_zero_label']
    )
    _check_size(truth_path, truth, image_path, size)
    predictions = []
    for entry, (run, files) in zip(ranking.entries, predicted, strict=True):
        if name not in files:
            continue
        # Saved predictions are class indices: no zero label to reduce.
        prediction = read_label_map(files[name], num_classes)
        _check_size(files[name], prediction, image_path, size)
        predictions.append(
            Prediction(
                entry,
                run.result['seed'],
                encode_labels(prediction, ranking.palette),
                encode_errors(prediction, truth),
                pixel_accuracy(prediction, truth),
            )
        )
    ground_truth = encode_labels(truth, ranking.palette)
    return Picture(name, size, image, ground_truth, predictions)


def read_label_map(
    path: Path, num_classes: int, reduce_zero_label: bool = False
) -> np.ndarray:
    """Read a label map.

    Args:
        path: A PNG of a single channel with 8 bits.
        num_classes: Number of classes; higher labels are ignored.
        reduce_zero_label: Whether 0 is ignored and the classes count from 1.
            Default: False.

    Returns:
        Labels, (H, W); ``IGNORED_LABEL`` where there is none.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is no label map.
    """
    try:
        with Image.open(path) as image:
            if image.mode not in ('L', 'P'):
                raise ValueError(
                    f'{path} is no label map: its mode is {image.mode}, '
                    'expected a single channel of 8 bits'
                )
            labels = np.array(image)
    except FileNotFoundError:
        raise FileNotFoundError(f'there is no label map {path}') from None
    except OSError as error:
        raise ValueError(f'cannot read the label map {path}') from error
    if reduce_zero_label:
        labels = labels - np.uint8(1)  # 0 becomes 255
    labels[labels >= num_classes] = IGNORED_LABEL
    return labels


def _check_size(
    path: Path, labels: np.ndarray, image_path: Path, size: tuple[int, int]
) -> None:
    if labels.shape != size:
        raise ValueError(
            f'{path} is {labels.shape[1]} x {labels.shape[0]}, but the image '
            f'{image_path} {size[1]} x {size[0]}'
        )


def pixel_accuracy(labels: np.ndarray, truth: np.ndarray) -> float | None:
    """Compute the pixel accuracy in percent.

    Args:
        labels: Predicted labels, (H, W).
        truth: True labels, (H, W).

    Returns:
        None if all pixels are ignored.
    """
    counted = truth != IGNORED_LABEL
    if not counted.any():
        return None
    return 100 * float((labels == truth)[counted].mean())


def encode_image(path: Path) -> tuple[str, tuple[int, int]]:
    """Encode an image as WebP.

    Returns:
        A data URI, and the height and width.

    Raises:
        ValueError: If the file is no image.
    """
    stream = io.BytesIO()
    try:
        with Image.open(path) as image:
            image.convert('RGB').save(stream, 'WEBP', quality=82)
            size = image.height, image.width
    except OSError as error:
        raise ValueError(f'cannot read the image {path}') from error
    return _data_uri(stream, 'webp'), size


def encode_labels(labels: np.ndarray, palette: Sequence[Sequence[int]]) -> str:
    """Encode labels as a PNG in the colors of their classes.

    Args:
        labels: Labels, (H, W).
        palette: RGB color of each class.

    Returns:
        A data URI.
    """
    return _encode_png(labels, labels == IGNORED_LABEL, palette)


def encode_errors(labels: np.ndarray, truth: np.ndarray) -> str:
    """Encode the map of wrong pixels as a PNG.

    Args:
        labels: Predicted labels, (H, W).
        truth: True labels, (H, W).

    Returns:
        A data URI.
    """
    wrong = (labels != truth).astype(np.uint8)
    ignored = truth == IGNORED_LABEL
    return _encode_png(wrong, ignored, [CORRECT_COLOR, ERROR_COLOR])


def _encode_png(
    indices: np.ndarray, ignored: np.ndarray, palette: Sequence[Sequence[int]]
) -> str:
    """Encode a palette image with stripes where it is ignored."""
    rows, columns = np.indices(indices.shape, np.uint16)
    stripe = (rows + columns) // STRIPE_WIDTH % 2
    indices = np.where(ignored, len(palette) + stripe, indices)
    image = Image.fromarray(indices.astype(np.uint8))
    colors = [*palette, *IGNORED_COLORS]
    image.putpalette(bytes(value for color in colors for value in color))
    stream = io.BytesIO()
    bits = next(b for b in (1, 2, 4, 8) if len(colors) <= 2**b)
    image.save(stream, 'PNG', optimize=True, bits=bits)
    return _data_uri(stream, 'png')


def _data_uri(stream: io.BytesIO, kind: str) -> str:
    content = base64.b64encode(stream.getvalue()).decode()
    return f'data:image/{kind};base64,{content}'
