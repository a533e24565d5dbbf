"""Statistics of a split: pixels and images of each class, class weights."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..images import NUM_LABEL_VALUES
from .samples import Sample
from .splits import LabelMapping

# A path with a remark.
PathDetail = tuple[str, str]


def _zeros() -> np.ndarray:
    return np.zeros(NUM_LABEL_VALUES, np.int64)


def _lists() -> dict:
    return defaultdict(list)


@dataclass
class SplitStatistics:
    """Counts and faults of a split's samples.

    Args:
        split: ``train``, ``val`` or ``test``.
        classes: Names of the classes.
        ignored_label: Label value that is left out of the loss.
        num_images: Number of images.
        num_labeled: Number of images with a label map to load.
        pixels: Pixels of each label value as training sees it, of shape
            (256,).
        images: Images in which each value occurs, of shape (256,).
        areas: Pixels of the images in which each value occurs, of shape
            (256,).
        file_counts: Pixels of each value in the files, of shape (256,), for
            each way to map them.
        checksums: Path of the image with each checksum.
        faults: Files with each kind of fault.
        unknown_values: Label maps with each value that is no class and not
            ignored.
        unlabeled: Images without a label map to load.
    """

    split: str
    classes: Sequence[str]
    ignored_label: int
    num_images: int = 0
    num_labeled: int = 0
    pixels: np.ndarray = field(default_factory=_zeros)
    images: np.ndarray = field(default_factory=_zeros)
    areas: np.ndarray = field(default_factory=_zeros)
    file_counts: dict[LabelMapping, np.ndarray] = field(default_factory=dict)
    checksums: dict[bytes, str] = field(default_factory=dict)
    faults: dict[str, list[PathDetail]] = field(default_factory=_lists)
    unknown_values: dict[int, list[PathDetail]] = field(default_factory=_lists)
    unlabeled: list[str] = field(default_factory=list)

    def add(self, sample: Sample, mapping: LabelMapping) -> None:
        """Add an image and its label map.

        Args:
            sample: The image and its label map.
            mapping: How their data set maps label values.
        """
        self.num_images += 1
        if sample.checksum is not None:
            self.checksums[sample.checksum] = sample.image
        for fault in sample.faults:
            self.faults[fault.kind].append((fault.path, fault.detail))
        if sample.label is None:
            self.unlabeled.append(sample.image)
            return
        self.num_labeled += 1
        if sample.file_counts is not None:
            counts = self.file_counts.setdefault(mapping, _zeros())
            counts += sample.file_counts
        if sample.label_counts is None:
            return
        occurs = sample.label_counts > 0
        self.pixels += sample.label_counts
        self.images += occurs
        self.areas += occurs * sample.label_counts.sum()
        if not occurs[: len(self.classes)].any():
            self.faults['nothing_labeled'].append((sample.label, ''))
        for value in np.flatnonzero(occurs).tolist():
            if value >= len(self.classes) and value != self.ignored_label:
                count = f'{sample.label_counts[value]:,} pixels'
                self.unknown_values[value].append((sample.label, count))

    def class_weight(self) -> list[float] | None:
        """Compute a weight for each class; None where none occurs."""
        number = len(self.classes)
        if not self.pixels[:number].any():
            return None
        return median_frequency_weights(
            self.pixels[:number], self.areas[:number]
        )


def median_frequency_weights(
    pixels: Sequence[int] | np.ndarray, areas: Sequence[int] | np.ndarray
) -> list[float]:
    """Compute class weights that are larger for rare classes.

    Median frequency balancing of Eigen, Fergus, "Predicting depth, surface
    normals and semantic labels with a common multi-scale convolutional
    architecture", ICCV 2015, section 5.3, which Badrinarayanan, Kendall,
    Cipolla, "SegNet", 2017, use for CamVid::

        weight(c) = median over classes of frequency / frequency(c)
        frequency(c) = pixels of c / pixels of the images in which c occurs

    Args:
        pixels: Pixels of each class.
        areas: Pixels, ignored ones included, of the images in which each
            class occurs.

    Returns:
        A weight for each class, to four digits; 1 for classes that never
        occur, which the median leaves out.
    """
    counts = np.asarray(pixels, float)
    frequencies = counts / np.maximum(areas, 1)
    occurs = counts > 0
    weights = np.ones(len(counts))
    if occurs.any():
        median = np.median(frequencies[occurs])
        weights[occurs] = median / frequencies[occurs]
    return [float(f'{weight:.4g}') for weight in weights]
