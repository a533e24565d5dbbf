"""From a config to the data sets whose files are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mmengine.config import Config, ConfigDict
from mmseg.registry import DATASETS, TRANSFORMS

from ..datasets.folder_dataset import FolderDataset

SPLITS = ('train', 'val', 'test')


class ListingError(Exception):
    """The files of a data set cannot be listed."""


class LabelSettings(NamedTuple):
    """How a data set reads label values.

    Args:
        mapped: Keys of its ``label_map``; None without one.
        reduced: Its ``reduce_zero_label``.
    """

    mapped: tuple[int, ...] | None
    reduced: bool


@dataclass
class Part:
    """A data set of its own, out of those that a split may join.

    Args:
        dataset: The data set, fully initialized.
        image_steps: Steps of its pipeline that load the image.
        label_steps: Steps of its pipeline that load the label map; none
            where the pipeline loads none.
    """

    dataset: Any
    image_steps: list[Any]
    label_steps: list[Any]

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Names of the classes; None where the data set names none."""
        names = self.dataset.metainfo.get('classes')
        return None if names is None else tuple(names)

    @property
    def label_settings(self) -> LabelSettings:
        """What decides which values the label maps may hold."""
        label_map = getattr(self.dataset, 'label_map', None)
        return LabelSettings(
            tuple(label_map) if label_map else None,
            bool(getattr(self.dataset, 'reduce_zero_label', False)),
        )


def choose_splits(
    config: Config, split: str | None = None
) -> dict[str, ConfigDict]:
    """Find the configs of the data sets to check.

    Args:
        config: Any mmseg config.
        split: ``train``, ``val`` or ``test``. Default: all that the config
            has; a test split that is the validation split comes once, as
            ``val``.

    Raises:
        ValueError: If the config has no such split, or none at all.
    """
    found = {}
    for name in SPLITS:
        loader = config.get(f'{name}_dataloader') or {}
        if loader.get('dataset') is not None:
            found[name] = loader['dataset']
    if split is not None:
        if split not in found:
            raise ValueError(
                f'{config.filename} has no data set in {split}_dataloader; '
                f'its splits: {", ".join(found) or "none"}'
            )
        return {split: found[split]}
    if not found:
        raise ValueError(
            f'{config.filename} has no data set in train_dataloader, '
            'val_dataloader or test_dataloader'
        )
    if 'val' in found and found.get('test') == found['val']:
        del found['test']
    return found


def unwrap(config: ConfigDict) -> list[ConfigDict]:
    """Find the data sets inside of wrappers, each of them once.

    Wrappers hold other data sets as ``dataset`` or ``datasets``, such as
    mmengine's ``ConcatDataset`` and ``RepeatDataset``.

    Args:
        config: Config of a data set.
    """
    inner = config.get('datasets', config.get('dataset'))
    if inner is None:
        return [config]
    if isinstance(inner, Sequence):
        return [leaf for item in inner for leaf in unwrap(item)]
    return unwrap(inner)


def open_part(config: ConfigDict) -> Part:
    """Build a data set and list its files.

    Args:
        config: Config of a data set that is no wrapper.

    Raises:
        ListingError: If its files cannot be listed.
        ValueError: If it cannot be built, whatever the files.
    """
    name = getattr(config.get('type'), '__name__', config.get('type'))
    try:
        dataset = DATASETS.build(ConfigDict(config, lazy_init=True))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f'cannot build the data set: {error}') from error
    # mmseg's own data sets assert in their constructors that files exist.
    except (AssertionError, OSError) as error:
        raise ListingError(_describe(name, error, config)) from error
    # An empty list could not be serialized.
    dataset.serialize_data = False
    if isinstance(dataset, FolderDataset):
        dataset.check_files = False
    try:
        dataset.full_init()
    except Exception as error:
        raise ListingError(_describe(name, error, config)) from error
    if not len(dataset):
        raise ListingError(_describe(name, 'it has no image', config))
    return Part(dataset, *_loading_steps(dataset.pipeline.transforms))


def _describe(name: str, error: Exception | str, config: ConfigDict) -> str:
    keys = ('data_root', 'data_prefix', 'ann_file')
    files = ', '.join(
        f'{key}={config[key]!r}' for key in keys if key in config
    )
    # A bare assertion says nothing.
    what = str(error) or repr(error)
    return f'{name}: {what} ({files or "no data_root"})'


def _loading_steps(pipeline: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Pick the steps that load the image, and those that load its labels.

    What loads is called so: ``LoadImageFromFile``, ``LoadAnnotations``,
    ``LoadBiomedicalAnnotation``. mmseg's plain steps stand in for the empty
    pipeline of a data set whose wrapper has one.
    """
    loading = [s for s in pipeline if type(s).__name__.startswith('Load')]
    labels = [step for step in loading if 'Annotation' in type(step).__name__]
    images = [step for step in loading if step not in labels]
    if not pipeline:
        labels = [TRANSFORMS.build(dict(type='LoadAnnotations'))]
    if not images:
        images = [TRANSFORMS.build(dict(type='LoadImageFromFile'))]
    return images, labels
