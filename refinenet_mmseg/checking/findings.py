"""Findings of a check, from the config and the statistics."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from mmengine.config import Config

from ..images import IGNORED_LABEL
from .splits import (
    OpenedDataset,
    decode_head_configs,
    find_class_names,
    find_ignored_label,
)
from .statistics import PathDetail, SplitStatistics

ERROR, WARNING = 'error', 'warning'

# Severity and meaning of every kind of finding. Errors stop a training or
# corrupt it silently; warnings are for a person to judge.
KINDS = {
    'unlistable': (ERROR, 'data set whose files cannot be listed'),
    'image_missing': (ERROR, 'image that is not there'),
    'image_unreadable': (ERROR, 'image that cannot be read'),
    'label_missing': (ERROR, 'image without label map'),
    'label_without_image': (ERROR, 'label map without image'),
    'label_unreadable': (ERROR, 'label map that cannot be read'),
    'label_format': (ERROR, 'label map that is not single-channel 8-bit'),
    'label_depth': (WARNING, 'label map deeper than 8 bits; its values fit'),
    'label_value': (ERROR, 'label value that is no class and not ignored'),
    'size': (ERROR, 'image and label map of different sizes'),
    'no_labels': (ERROR, 'training data without label maps'),
    'num_classes': (ERROR, 'model and data set disagree on the classes'),
    'classes': (ERROR, 'data sets disagree on the classes'),
    'ignore_index': (WARNING, 'model and data set ignore different values'),
    'reduce_zero_label': (ERROR, 'reduce_zero_label looks wrong'),
    'class_never_occurs': (WARNING, 'class that never occurs'),
    'nothing_labeled': (WARNING, 'label map without a pixel of any class'),
    'duplicate': (WARNING, 'image of the training split in another split'),
}


@dataclass
class Finding:
    """A fault, and the files that have it.

    Args:
        split: ``train``, ``val`` or ``test``; several are joined by a comma.
        kind: A key of ``KINDS``.
        message: The fault and its remedy. Default: the meaning in ``KINDS``.
        files: Each path with a remark.
        severity: ``error`` or ``warning``. Default: that in ``KINDS``.
    """

    split: str
    kind: str
    message: str = ''
    files: list[PathDetail] = field(default_factory=list)
    severity: str = ''

    def __post_init__(self) -> None:
        severity, meaning = KINDS[self.kind]
        self.severity = self.severity or severity
        self.message = self.message or meaning


def compare_with_model(
    splits: Mapping[str, Sequence[OpenedDataset]], config: Config
) -> list[Finding]:
    """Find disagreements of the model and the data sets of all splits.

    A binary head of one channel (``num_classes=1``) matches two classes.

    Args:
        splits: Data sets of each split.
        config: The whole config.
    """
    findings = []
    first: tuple[str, Sequence[str]] | None = None
    for split, datasets in splits.items():
        for opened in datasets:
            if opened.classes is None:
                continue
            if first is None:
                first = (split, opened.classes)
            elif opened.classes != first[1]:
                message = (
                    f'other classes than in {first[0]}: '
                    f'{_describe_difference(opened.classes, first[1])}'
                )
                findings.append(Finding(split, 'classes', message))
        classes = find_class_names(datasets, config)
        for head in decode_head_configs(config):
            number = head.get('num_classes', len(classes))
            if (number, len(classes)) != (1, 2) and number != len(classes):
                message = (
                    f'the data set has {len(classes)} classes, '
                    f'model.decode_head.num_classes={number}'
                )
                findings.append(Finding(split, 'num_classes', message))
        own = datasets[0].ignored_label
        ignored = find_ignored_label(datasets, config)
        if own != ignored:
            message = (
                f'the data set ignores {own}, the loss {ignored}: set '
                f'model.decode_head.ignore_index={own}'
            )
            findings.append(Finding(split, 'ignore_index', message))
    return findings


def find_split_faults(statistics: SplitStatistics) -> list[Finding]:
    """Find the faults in the samples of a split.

    Args:
        statistics: Statistics of the split.
    """
    split, classes = statistics.split, statistics.classes
    faults = dict(statistics.faults)
    if statistics.num_labeled and statistics.unlabeled:
        faults['label_missing'] = [
            *faults.get('label_missing', []),
            *((path, '') for path in statistics.unlabeled),
        ]
    findings = [
        Finding(split, kind, files=files) for kind, files in faults.items()
    ]
    findings += _find_unknown_values(statistics)
    if split == 'train' and not statistics.num_labeled:
        findings.append(Finding(split, 'no_labels'))
    missing = np.flatnonzero(statistics.pixels[: len(classes)] == 0).tolist()
    # A split without any pixel has been reported already, with the reason.
    if statistics.pixels.any() and missing:
        names = ', '.join(f'{i} {classes[i]}' for i in missing)
        message = f'never occurs: {names}'
        findings.append(Finding(split, 'class_never_occurs', message))
    return findings


def _find_unknown_values(statistics: SplitStatistics) -> list[Finding]:
    """Make a finding for each unknown value, the most frequent first."""
    number = len(statistics.classes)
    # Files of unknown format have no counts.
    reduced = all(m.reduce_zero_label for m in statistics.file_counts)
    reduced = reduced and bool(statistics.file_counts)
    findings = []
    for value in sorted(
        statistics.unknown_values, key=lambda v: -statistics.pixels[v]
    ):
        message = (
            f'label value {value}'
            + (f' ({value + 1} in the files)' if reduced else '')
            + f', {statistics.pixels[value]:,} pixels: no class '
            f'({format_ranges(range(number))}) and not ignored '
            f'({statistics.ignored_label})'
        )
        if value == number and not reduced:
            message += '; set reduce_zero_label=True if 0 means no class'
        files = statistics.unknown_values[value]
        findings.append(
            Finding(statistics.split, 'label_value', message, files)
        )
    return findings


def find_duplicates(
    statistics: Mapping[str, SplitStatistics],
) -> list[Finding]:
    """Find images of the training split, by content, in the other splits.

    Args:
        statistics: Statistics of each split.
    """
    train = statistics['train'].checksums if 'train' in statistics else {}
    findings = []
    for name, other in statistics.items():
        files = [
            (path, f'is {train[checksum]}')
            for checksum, path in other.checksums.items()
            if checksum in train
        ]
        if name != 'train' and files:
            findings.append(Finding(name, 'duplicate', files=files))
    return findings


def find_wrong_zero_labels(
    statistics: Mapping[str, SplitStatistics],
) -> list[Finding]:
    """Find a ``reduce_zero_label`` that contradicts the label maps.

    Args:
        statistics: Statistics of each split.
    """
    # Splits that map values alike are judged together: a class that is rare
    # may be missing from one of them.
    counts: dict[tuple, dict[str, np.ndarray]] = defaultdict(dict)
    for name, split in statistics.items():
        for mapping, in_files in split.file_counts.items():
            expected = mapping.mapped_values or range(len(split.classes))
            key = (tuple(expected), mapping.reduce_zero_label)
            counts[key][name] = counts[key].get(name, 0) + in_files
    findings = []
    for (expected, reduced), by_split in counts.items():
        total = np.sum(list(by_split.values()), axis=0)
        verdict = judge_zero_label(total, expected, reduced)
        if verdict is not None:
            severity, message = verdict
            findings.append(
                Finding(
                    ', '.join(by_split),
                    'reduce_zero_label',
                    message,
                    severity=severity,
                )
            )
    return findings


def judge_zero_label(
    counts: np.ndarray, expected: Iterable[int], reduced: bool
) -> tuple[str, str] | None:
    """Judge ``reduce_zero_label`` by the values in the files.

    Without it, files hold the values that a data set expects: 0 to the number
    of classes minus 1, or the keys of ``label_map``. With it, they hold these
    values plus 1, and 0, which need not occur, means no class. 255 is ignored
    either way. The misfit of a setting is

    1. the number of values in the files that it does not expect, and, for
       equal numbers,
    2. the number of values that it expects and that never occur.

    A setting looks wrong if the other one has a smaller misfit. That is an
    error if the other one has no misfit at all, else a warning. For C classes,
    the values 0 to C-1 with True are an error, as are 1 to C with False; 1 to
    C-1 fit both. 0 to C with False pass here, as C is reported as a value that
    is not a class.

    Args:
        counts: Pixels of each value in the files, of shape (256,).
        expected: Values that the data set expects after the reduction.
        reduced: Whether ``reduce_zero_label`` is set.

    Returns:
        Severity and message; None where the setting looks right.
    """
    used = set(np.flatnonzero(counts).tolist()) - {IGNORED_LABEL}
    plain = set(expected) - {IGNORED_LABEL}
    if not used or not plain:
        return None
    shifted = {value + 1 for value in plain}
    misfit = {
        False: (len(used - plain), len(plain - used)),
        True: (len(used - shifted - {0}), len(shifted - used)),
    }
    if misfit[not reduced] >= misfit[reduced] or (0 in used and not reduced):
        return None
    severity = WARNING if any(misfit[not reduced]) else ERROR
    values = f'the files hold {format_ranges(used)}'
    if reduced:
        return severity, (
            f'reduce_zero_label=True looks wrong: {values}, which fits '
            'without it; with it 0 is ignored and '
            f'{format_ranges(shifted - used) or "no value"} never occurs'
        )
    return severity, (
        f'reduce_zero_label=False looks wrong: {values}, which fits with it; '
        f'without it {format_ranges(plain - used)} never occurs'
    )


def format_ranges(values: Iterable[int]) -> str:
    """Format whole numbers as ranges, such as ``0 to 3, 7``.

    Args:
        values: Whole numbers in any order.
    """
    ranges: list[list[int]] = []
    for value in sorted(values):
        if ranges and value == ranges[-1][-1] + 1:
            ranges[-1] = [ranges[-1][0], value]
        else:
            ranges.append([value])
    return ', '.join(' to '.join(map(str, ends)) for ends in ranges)


def _describe_difference(classes: Sequence[str], first: Sequence[str]) -> str:
    if len(classes) != len(first):
        return f'{len(classes)} and not {len(first)}'
    names = zip(classes, first, strict=True)
    index, (name, other) = next(
        (i, pair) for i, pair in enumerate(names) if pair[0] != pair[1]
    )
    return f'{index} is {name!r} and not {other!r}'
