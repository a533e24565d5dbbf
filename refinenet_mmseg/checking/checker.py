"""Check the data sets of a config, file by file."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from mmengine.config import Config
from mmengine.registry import init_default_scope

from .across_splits import find_duplicates, judge_zero_labels
from .agreement import compare_with_model, ignored_value, name_classes
from .class_weights import median_frequency_weights
from .findings import ERROR, Finding
from .pairing import find_unpaired_labels
from .samples import read_samples
from .splits import ListingError, Part, choose_splits, open_part, unwrap
from .totals import Totals


@dataclass
class Report:
    """What a check found.

    Args:
        totals: Counts of each split whose files could be listed.
        findings: Errors before warnings.
        class_weight: Weight of each class, from the training split; None
            where it was not checked or has no labels.
        notes: What was not read, and why.
        seconds: Time that the check took.
    """

    totals: dict[str, Totals]
    findings: list[Finding]
    class_weight: list[float] | None
    notes: list[str]
    seconds: float

    @property
    def errors(self) -> list[Finding]:
        """The findings that stop a training, or spoil it unseen."""
        return [f for f in self.findings if f.severity == ERROR]


def check_dataset(
    config: Config,
    split: str | None = None,
    workers: int | None = None,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Read every image and label map of a config's data sets.

    Data sets inside of wrappers are read once, however often they are
    repeated.

    Args:
        config: Any mmseg config.
        split: ``train``, ``val`` or ``test``. Default: all.
        workers: Number of threads. Default: a few more than there are CPUs.
        tick: Called after each image with the number of images read, and of
            all.

    Raises:
        ValueError: If the config has no such split, or its data set cannot
            be built.
    """
    start = time.perf_counter()
    init_default_scope(config.get('default_scope') or 'mmseg')
    chosen = choose_splits(config, split)
    notes = []
    if (
        split is None
        and 'test' not in chosen
        and config.get('test_dataloader')
    ):
        notes.append('test: the same data set as val, read once')
    splits, findings = _open_splits(chosen)
    findings += compare_with_model(splits, config)
    number = sum(
        len(part.dataset) for parts in splits.values() for part in parts
    )
    totals: dict[str, Totals] = {}
    done = 0
    for name, parts in splits.items():
        total = totals[name] = Totals(
            name, name_classes(parts, config), ignored_value(parts, config)
        )
        unpaired = []
        for part in parts:
            labels: set[str] = set()
            # closing: an interrupted check does not read the rest first
            with closing(read_samples(part, workers)) as samples:
                for sample in samples:
                    total.add(sample, part.label_settings)
                    if sample.label is not None:
                        labels.add(sample.label)
                    done += 1
                    tick(done, number)
            if part.label_steps:
                unpaired += find_unpaired_labels(part.dataset, labels)
        findings += total.findings()
        if unpaired:
            files = [(path, '') for path in unpaired]
            findings.append(Finding(name, 'label_without_image', files=files))
        if not total.labeled:
            notes.append(f'{name}: images only, no label maps to load')
    findings += judge_zero_labels(totals) + find_duplicates(totals)
    findings.sort(key=lambda finding: finding.severity != ERROR)
    weights = _weigh(totals['train']) if 'train' in totals else None
    return Report(
        totals, findings, weights, notes, time.perf_counter() - start
    )


def _open_splits(
    chosen: dict[str, dict],
) -> tuple[dict[str, list[Part]], list[Finding]]:
    """Open the data sets of each split; leave out what cannot be listed."""
    splits: dict[str, list[Part]] = {}
    findings = []
    for name, dataset in chosen.items():
        for leaf in unwrap(dataset):
            try:
                splits.setdefault(name, []).append(open_part(leaf))
            except ListingError as error:
                findings.append(Finding(name, 'unlistable', str(error)))
    return {name: parts for name, parts in splits.items() if parts}, findings


def _weigh(totals: Totals) -> list[float] | None:
    number = len(totals.classes)
    if not totals.pixels[:number].any():
        return None
    return median_frequency_weights(
        totals.pixels[:number], totals.areas[:number]
    )
