"""From a config and a checkpoint to the archive that a server takes."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

from mmengine import Config
from mmseg.registry import DATASETS
from rich.progress import track
from torch import nn

from ..checking.splits import unwrap_dataset
from ..inference.drawing import name_classes
from ..inference.loading import load_model
from ..inference.prediction import Predictor, make_writable
from .archive import write_archive
from .images import find_images
from .parts import Parts, write_whole
from .targets import Target
from .validation import validate_submission


def make_submission(
    config: str | Path | Config,
    checkpoint: str | Path,
    target: Target,
    out_file: str | Path,
    images: str | Path | None = None,
    tta: bool = False,
    trial: bool = False,
    device: str | None = None,
    cfg_options: dict[str, Any] | None = None,
) -> int:
    """Predict a server's test images and pack what it wants to be sent.

    Label maps are kept beside the archive, in a folder of its name with the
    suffix ``.parts``. A call that was interrupted is made up for by the same
    call, which goes on where the first one stopped. The archive is checked
    before it takes its name.

    Args:
        config: Config of the model, or its file.
        checkpoint: Weights of the model, a local file.
        target: What the server wants.
        out_file: Archive to write; its folder is made where missing.
        images: Folder of the test images. Default: where they are in mmseg's
            layout, below the data root of the config's test data set.
        tta: Whether to average over the config's test-time augmentations.
            Default: False.
        trial: Whether other images than the server's will do, to try things
            out. Default: False.
        device: torch device. Default: cuda where there is one, else cpu.
        cfg_options: Overrides of config keys. Default: none.

    Returns:
        Number of images that were predicted, not found from an earlier call.

    Raises:
        FileNotFoundError: If an input is missing.
        OSError: If an image cannot be read.
        ValueError: If an input does not fit, before the first prediction, or
            if the archive turns out wrong.
    """
    out_file = Path(out_file)
    suffix = next(filter(out_file.name.endswith, target.archives), None)
    if suffix is None:
        raise ValueError(
            f'{target.title} takes archives of the suffix '
            f'{" or ".join(target.archives)}, but got {out_file}'
        )
    config = _read_config(config, cfg_options)
    dataset = _test_dataset(config)
    _check_classes(dataset, target)
    pipeline, tta_model = _choose_pipeline(config, dataset, tta)
    files = find_images(
        target, images or _image_folder(dataset, target), trial
    )
    model = load_model(config, checkpoint, device)
    _check_model(model, target, checkpoint)
    make_writable(out_file.parent)
    parts = Parts(
        out_file.with_name(out_file.name.removesuffix(suffix) + '.parts'),
        target,
        {
            'target': target.title,
            'config': _hash_settings(config.model, pipeline, tta_model),
            'checkpoint': _hash_file(Path(checkpoint)),
        },
    )
    predict = Predictor(model, pipeline, tta_model)
    missing = [image for image in files if not parts.path(image).is_file()]
    for image in track(missing, description='Predicting'):
        parts.write(image, predict(image.path))

    def pack(path: Path) -> None:
        members = {target.member(f.name): parts.path(f) for f in files}
        write_archive(path, members)
        problems = validate_submission(path, target, files, True)
        if problems:
            raise ValueError(
                f'not writing {out_file}, {len(problems)} things are wrong '
                f'with it: {"; ".join(problems[:5])}; delete these label maps '
                f'in {parts.folder} and start again'
            )

    write_whole(out_file, pack)
    return len(missing)


def _read_config(
    config: str | Path | Config, cfg_options: dict[str, Any] | None
) -> Config:
    if isinstance(config, Config):
        config = copy.deepcopy(config)
    elif Path(config).is_file():
        config = Config.fromfile(config)
    else:
        raise FileNotFoundError(f'no such config: {config}')
    if cfg_options is not None:
        config.merge_from_dict(cfg_options)
    return config


def _test_dataset(config: Config) -> dict[str, Any]:
    """Find the config of the test data set, inside of wrappers."""
    loader = config.get('test_dataloader') or {}
    if loader.get('dataset') is None:
        raise ValueError('the config has no test_dataloader with a data set')
    return unwrap_dataset(loader['dataset'])[0]


def _check_classes(dataset: dict[str, Any], target: Target) -> None:
    kind = DATASETS.get(dataset['type'])
    meta = {**getattr(kind, 'METAINFO', {}), **dataset.get('metainfo', {})}
    _compare('the config', tuple(meta.get('classes') or ()), target)


def _check_model(
    model: nn.Module, target: Target, checkpoint: str | Path
) -> None:
    names = model.dataset_meta['classes']
    if names == name_classes(len(names), {})[0] and len(names) == len(
        target.classes
    ):
        return  # the checkpoint gives no names to compare
    _compare(str(checkpoint), tuple(names), target)


def _compare(source: str, classes: tuple[str, ...], target: Target) -> None:
    remedy = f'use a model of the classes of {target.dataset}'
    if len(classes) != len(target.classes):
        raise ValueError(
            f'{source} has {len(classes)} classes, {target.title} '
            f'{len(target.classes)}; {remedy}'
        )
    for index, pair in enumerate(zip(classes, target.classes, strict=True)):
        if pair[0] != pair[1]:
            raise ValueError(
                f'class {index} of {source} is {pair[0]!r}, that of '
                f'{target.title} {pair[1]!r}; {remedy}'
            )


def _choose_pipeline(
    config: Config, dataset: dict[str, Any], tta: bool
) -> tuple[list[Any], dict[str, Any] | None]:
    """Find the steps to read images by, and what averages over them."""
    if not tta:
        return dataset.get('pipeline') or config.get('test_pipeline'), None
    for key in ('tta_pipeline', 'tta_model'):
        if config.get(key) is None:
            raise ValueError(f'--tta needs {key} in the config')
    return config.tta_pipeline, config.tta_model


def _image_folder(dataset: dict[str, Any], target: Target) -> Path:
    root = dataset.get('data_root')
    if root is None:
        raise ValueError(
            'the config has no data_root below which to look for test '
            'images; name their folder by --images'
        )
    return Path(root, target.images)


def _hash_settings(*settings: Any) -> str:
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _hash_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open('rb') as content:
        while block := content.read(2**20):
            digest.update(block)
    return digest.hexdigest()
