"""What the samples of a split add up to."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .decoding import NUM_VALUES
from .findings import Finding
from .samples import Sample
from .splits import LabelSettings
from .zero_label import name_ranges


def _zeros() -> np.ndarray:
    return np.zeros(NUM_VALUES, np.int64)


@dataclass
class Totals:
    """Counts and faults of a split.

    Args:
        split: ``train``, ``val`` or ``test``.
        classes: Names of the classes.
        ignored: Label value that is left out of the loss.
        images: Number of images.
        labeled: Number of images with a label map to load.
        pixels: Pixels of each label value as training sees it, of shape
            (256,).
        occurrences: Images in which each value occurs, of shape (256,).
        areas: Pixels of the images in which each value occurs, of shape
            (256,).
        digests: Path of the image with each checksum.
        raw: Pixels of each value in the files, of shape (256,), for all the
            ways to read them.
    """

    split: str
    classes: Sequence[str]
    ignored: int
    images: int = 0
    labeled: int = 0
    pixels: np.ndarray = field(default_factory=_zeros)
    occurrences: np.ndarray = field(default_factory=_zeros)
    areas: np.ndarray = field(default_factory=_zeros)
    digests: dict[bytes, str] = field(default_factory=dict)
    raw: dict[LabelSettings, np.ndarray] = field(default_factory=dict)
    _faults: dict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _strays: dict[int, list[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _unlabeled: list[str] = field(default_factory=list)

    def add(self, sample: Sample, settings: LabelSettings) -> None:
        """Add what was found in an image and its label map.

        Args:
            sample: What ``read_sample`` returned.
            settings: How its data set reads label values.
        """
        self.images += 1
        if sample.digest is not None:
            self.digests[sample.digest] = sample.image
        for fault in sample.faults:
            self._faults[fault.kind].append((fault.path, fault.detail))
        if sample.label is None:
            self._unlabeled.append(sample.image)
            return
        self.labeled += 1
        if sample.raw is not None:
            self.raw[settings] = self.raw.get(settings, 0) + sample.raw
        if sample.seen is None:
            return
        occurs = sample.seen > 0
        self.pixels += sample.seen
        self.occurrences += occurs
        self.areas += occurs * sample.seen.sum()
        if not occurs[: len(self.classes)].any():
            self._faults['nothing_labeled'].append((sample.label, ''))
        for value in np.flatnonzero(occurs).tolist():
            if value >= len(self.classes) and value != self.ignored:
                count = f'{sample.seen[value]:,} pixels'
                self._strays[value].append((sample.label, count))

    def findings(self) -> list[Finding]:
        """List what the samples show."""
        faults = dict(self._faults)
        if self.labeled and self._unlabeled:
            missing = faults.setdefault('label_missing', [])
            missing += [(path, '') for path in self._unlabeled]
        found = [
            Finding(self.split, kind, files=files)
            for kind, files in faults.items()
        ]
        found += self._describe_strays()
        if self.split == 'train' and not self.labeled:
            found.append(Finding(self.split, 'no_labels'))
        pixels = self.pixels[: len(self.classes)]
        never = np.flatnonzero(pixels == 0).tolist()
        # Nothing counted at all has been reported as what it is.
        if self.pixels.any() and never:
            names = ', '.join(f'{i} {self.classes[i]}' for i in never)
            message = f'never occurs: {names}'
            found.append(Finding(self.split, 'class_never_occurs', message))
        return found

    def _describe_strays(self) -> list[Finding]:
        """Make a finding of each value, the most frequent first."""
        # Files of unknown format say nothing of the values in them.
        reduced = {settings.reduced for settings in self.raw} == {True}
        values = sorted(self._strays, key=lambda v: -self.pixels[v])
        classes = name_ranges(range(len(self.classes)))
        remedy = (
            ''
            if reduced
            else '; set reduce_zero_label=True if 0 means no class'
        )
        return [
            Finding(
                self.split,
                'label_value',
                f'label value {value}'
                + (f' ({value + 1} in the files)' if reduced else '')
                + f', {self.pixels[value]:,} pixels: no class ({classes}) '
                f'and not ignored ({self.ignored})'
                + (remedy if value == len(self.classes) else ''),
                self._strays[value],
            )
            for value in values
        ]
