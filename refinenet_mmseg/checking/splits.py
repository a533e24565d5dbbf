"""Data sets of a config: their splits, files, classes and label values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mmengine.config import Config, ConfigDict
from mmseg.registry import DATASETS, TRANSFORMS

from ..configs import use_strict_loading
from ..datasets.folder_dataset import FolderDataset
from ..images import IGNORED_LABEL, NUM_LABEL_VALUES

SPLITS = ('train', 'val', 'test')


class ListingError(Exception):
    """A data set whose files cannot be listed."""


class LabelMapping(NamedTuple):
    """Mapping of the values in label files to the classes of a data set.

    Args:
        mapped_values: Keys of the data set's ``label_map``; None without one.
        reduce_zero_label: The data set's ``reduce_zero_label``.
    """

    mapped_values: tuple[int, ...] | None
    reduce_zero_label: bool


@dataclass
class OpenedDataset:
    """A data set whose files are listed, with the steps that load them.

    Args:
        dataset: The data set, fully initialized; no wrapper of others.
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
    def ignored_label(self) -> int:
        """Label value that the data set ignores."""
        return getattr(self.dataset, 'ignore_index', IGNORED_LABEL)

    @property
    def label_mapping(self) -> LabelMapping:
        """Mapping of the values in the label files to classes."""
        label_map = getattr(self.dataset, 'label_map', None)
        return LabelMapping(
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
            has; a test split that equals the validation split is listed once,
            as ``val``.

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


def unwrap_dataset(config: ConfigDict) -> list[ConfigDict]:
    """List the data sets inside of wrappers, each of them once.

    Wrappers hold other data sets as ``dataset`` or ``datasets``, such as
    mmengine's ``ConcatDataset`` and ``RepeatDataset``.

    Args:
        config: Config of a data set, wrapped or not.
    """
    inner = config.get('datasets', config.get('dataset'))
    if inner is None:
        return [config]
    if isinstance(inner, Sequence):
        return [dataset for item in inner for dataset in unwrap_dataset(item)]
    return unwrap_dataset(inner)


def open_dataset(config: ConfigDict) -> OpenedDataset:
    """Build a data set that loads strictly, and list its files.

    Args:
        config: Config of a data set that is no wrapper.

    Raises:
        ListingError: If its files cannot be listed.
        ValueError: If it cannot be built for another reason.
    """
    try:
        dataset = DATASETS.build(
            ConfigDict(use_strict_loading(config), lazy_init=True)
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f'cannot build the data set: {error}') from error
    # mmseg's own data sets assert in their constructors that files exist.
    except (AssertionError, OSError) as error:
        raise _listing_error(config, error) from error
    # An empty list could not be serialized.
    dataset.serialize_data = False
    if isinstance(dataset, FolderDataset):
        dataset.check_files = False
    try:
        dataset.full_init()
    except Exception as error:
        raise _listing_error(config, error) from error
    if not len(dataset):
        raise _listing_error(config, 'it has no image')
    return OpenedDataset(dataset, *_find_loading_steps(dataset))


def decode_head_configs(config: Config) -> list[dict[str, Any]]:
    """List the configs of the model's decode heads; none without a model.

    Args:
        config: Any mmseg config.
    """
    heads = (config.get('model') or {}).get('decode_head') or []
    return list(heads) if isinstance(heads, Sequence) else [heads]


def find_class_names(
    datasets: Sequence[OpenedDataset], config: Config
) -> Sequence[str]:
    """Find the names of a split's classes.

    Args:
        datasets: Data sets of the split.
        config: The whole config; classes are numbered as many as its model
            has where the data sets name none.

    Raises:
        ValueError: If neither knows, or there are more than 8 bits hold.
    """
    names: Sequence[str] = ()
    for head in decode_head_configs(config):
        names = [f'class {i}' for i in range(head.get('num_classes', 0))]
    for opened in datasets:
        names = names if opened.classes is None else opened.classes
    if not names:
        raise ValueError(
            'the data set names no classes: set metainfo=dict(classes=...)'
        )
    if len(names) > NUM_LABEL_VALUES:
        raise ValueError(
            f'the data set has {len(names)} classes; label maps are loaded '
            f'in 8 bits, for {NUM_LABEL_VALUES} at most'
        )
    return names


def find_ignored_label(
    datasets: Sequence[OpenedDataset], config: Config
) -> int:
    """Find the label value that training leaves out.

    The loss takes it from the head, not from the data set.

    Args:
        datasets: Data sets of a split.
        config: The whole config.
    """
    heads = decode_head_configs(config)
    if heads:
        return heads[0].get('ignore_index', IGNORED_LABEL)
    return datasets[0].ignored_label


def _listing_error(config: ConfigDict, error: Exception | str) -> ListingError:
    """Make an error that names the data set and where it looks for files."""
    name = getattr(config.get('type'), '__name__', config.get('type'))
    keys = ('data_root', 'data_prefix', 'ann_file')
    places = ', '.join(
        f'{key}={config[key]!r}' for key in keys if key in config
    )
    # The message of a bare assertion is empty.
    message = str(error) or repr(error)
    return ListingError(f'{name}: {message} ({places or "no data_root"})')


def _find_loading_steps(dataset: Any) -> tuple[list[Any], list[Any]]:
    """Find the steps that load the image, and those that load its labels.

    Transforms are known by their names, such as ``LoadImageFromFile``,
    ``LoadAnnotations`` and ``LoadBiomedicalAnnotation``. Strict steps stand in
    for the empty pipeline of a data set whose wrapper has one.
    """
    pipeline = dataset.pipeline.transforms
    loading = [step for step in pipeline if 'Load' in type(step).__name__]
    labels = [step for step in loading if 'Annotation' in type(step).__name__]
    images = [step for step in loading if step not in labels]
    if not pipeline:
        labels = [TRANSFORMS.build(dict(type='StrictLoadAnnotations'))]
    if not images:
        images = [TRANSFORMS.build(dict(type='StrictLoadImageFromFile'))]
    return images, labels
