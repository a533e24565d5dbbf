"""Making of submissions: prediction, label maps and archive."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mmengine import Config
from mmseg.registry import DATASETS
from PIL import Image
from rich.progress import track
from torch import nn

from ..atomic_io import (
    atomic_write,
    atomic_write_text,
    make_output_folder,
    remove_partial_files,
)
from ..checking.splits import unwrap_dataset
from ..config_checks import require_keys
from ..configs import hash_content, read_config
from ..datasets.pascal_voc import voc_colors
from ..inference.drawing import name_classes, palette_image
from ..inference.loading import load_segmentor
from ..inference.prediction import Predictor
from ..safe_loading import file_sha256
from .archive import write_archive
from .targets import ImageFile, Target, find_test_images
from .validation import validate_content

PROVENANCE = 'provenance.json'


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
    trust_checkpoint: bool = False,
) -> int:
    """Predict a server's test images and pack their label maps.

    Label maps are kept beside the archive, in a folder of its name with the
    suffix ``.parts``: the same call after an interrupted one continues where
    that stopped. The archive is checked before it takes its name.

    Args:
        config: Config of the model, or its file.
        checkpoint: Weights of the model, a local file.
        target: The test server.
        out_file: Archive to write; its folder is created if missing.
        images: Folder of the test images. Default: None, that of mmseg's
            layout below the data root of the config's test data set.
        tta: Whether to average over the config's test-time augmentations.
            Default: False.
        trial: Whether to accept other images than the server's, to try things
            out. Default: False.
        device: torch's name of the device. Default: CUDA if there is one.
        cfg_options: Overrides of config keys. Default: None.
        trust_checkpoint: Whether to load objects that could run code.
            Default: False.

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
    config = read_config(config, cfg_options)
    require_keys(
        config, 'a submission', 'model.type', 'test_dataloader.dataset'
    )
    dataset = _find_test_dataset(config)
    _check_config_classes(dataset, target)
    pipeline, tta_model = _choose_pipeline(config, dataset, tta)
    if images is None:
        images = _find_image_folder(dataset, target)
    files = find_test_images(target, images, trial)
    model = load_segmentor(
        config, checkpoint, device, trust_checkpoint=trust_checkpoint
    )
    _check_model_classes(model, target, checkpoint)
    make_output_folder(out_file.parent)
    label_maps = LabelMapFolder(
        out_file.with_name(out_file.name.removesuffix(suffix) + '.parts'),
        target,
        {
            'target': target.title,
            'config': hash_content((config.model, pipeline, tta_model)),
            'checkpoint': file_sha256(checkpoint),
        },
    )
    # As stored: servers compare label maps with theirs pixel by pixel.
    predict = Predictor(
        model, pipeline, tta_model, apply_exif_orientation=False
    )
    missing = [file for file in files if not label_maps.path(file).is_file()]
    for file in track(missing, description='Predicting'):
        label_maps.write(file, predict(file.path))

    members = {target.member(f.name): label_maps.path(f) for f in files}
    with atomic_write(out_file) as partial:
        write_archive(partial, members)
        problems = validate_content(partial, target, files, True)
        if problems:
            raise ValueError(
                f'not writing {out_file}, {len(problems)} things are wrong '
                f'with it: {"; ".join(problems[:5])}; delete these label maps '
                f'in {label_maps.folder} and start again'
            )
    return len(missing)


class LabelMapFolder:
    """A folder of finished label maps, all of the same provenance.

    Args:
        folder: The folder; created if missing.
        target: The test server.
        provenance: Names and values that the label maps depend on, such as
            the hash of the checkpoint.

    Raises:
        ValueError: If the folder holds label maps of another provenance, or
            cannot be written to.
    """

    def __init__(
        self, folder: Path, target: Target, provenance: Mapping[str, str]
    ) -> None:
        self.folder = make_output_folder(folder)
        self.target = target
        remedy = 'delete the folder or name another --out'
        record = folder / PROVENANCE
        if record.is_file():
            try:
                before = dict(json.loads(record.read_text()))
            except ValueError:
                before = {}
            changed = [
                name
                for name, value in provenance.items()
                if before.get(name) != value
            ]
            if changed:
                raise ValueError(
                    f'{folder} holds label maps of another '
                    f'{" and another ".join(changed)}; {remedy}'
                )
        elif any(path.suffix == '.png' for path in folder.iterdir()):
            raise ValueError(
                f'{folder} holds label maps of unknown origin; {remedy}'
            )
        else:
            text = json.dumps(provenance, indent=2)
            atomic_write_text(record, f'{text}\n')
        # Left behind by a call that was killed.
        remove_partial_files(folder, lambda name: True)

    def path(self, image: ImageFile) -> Path:
        """Return the file of an image's label map."""
        return self.folder / f'{image.name}.png'

    def write(self, image: ImageFile, labels: np.ndarray) -> None:
        """Write a label map in the server's values and colors.

        Args:
            image: The image.
            labels: Class indices, (H, W).

        Raises:
            ValueError: If image and label map differ in size.
        """
        height, width = labels.shape
        if (width, height) != image.size:
            raise ValueError(
                f'{image.path} has {image.size[0]}x{image.size[1]} pixels, '
                f'its prediction {width}x{height}; the test pipeline must '
                'lead back to the size of the file'
            )
        values = np.array(self.target.labels, np.uint8)[labels]
        picture = (
            palette_image(values, voc_colors(range(256)))
            if self.target.voc_palette
            else Image.fromarray(values)
        )
        with atomic_write(self.path(image)) as partial:
            picture.save(partial, 'PNG')


def _find_test_dataset(config: Config) -> dict[str, Any]:
    """Find the config of the test data set, inside of wrappers."""
    return unwrap_dataset(config.test_dataloader.dataset)[0]


def _find_image_folder(dataset: dict[str, Any], target: Target) -> Path:
    root = dataset.get('data_root')
    if root is None:
        raise ValueError(
            'the config has no data_root below which to look for test '
            'images; name their folder by --images'
        )
    return Path(root, target.images)


def _check_config_classes(dataset: dict[str, Any], target: Target) -> None:
    kind = DATASETS.get(dataset['type'])
    meta = {**getattr(kind, 'METAINFO', {}), **dataset.get('metainfo', {})}
    _compare_classes('the config', tuple(meta.get('classes') or ()), target)


def _check_model_classes(
    model: nn.Module, target: Target, checkpoint: str | Path
) -> None:
    names = model.dataset_meta['classes']
    generated, _ = name_classes(len(names), {})
    if names == generated and len(names) == len(target.classes):
        return  # the checkpoint gives no names to compare
    _compare_classes(str(checkpoint), tuple(names), target)


def _compare_classes(
    source: str, classes: tuple[str, ...], target: Target
) -> None:
    remedy = f'use a model of the classes of {target.dataset}'
    if len(classes) != len(target.classes):
        raise ValueError(
            f'{source} has {len(classes)} classes, {target.title} '
            f'{len(target.classes)}; {remedy}'
        )
    for index, (name, expected) in enumerate(
        zip(classes, target.classes, strict=True)
    ):
        if name != expected:
            raise ValueError(
                f'class {index} of {source} is {name!r}, that of '
                f'{target.title} {expected!r}; {remedy}'
            )


def _choose_pipeline(
    config: Config, dataset: dict[str, Any], tta: bool
) -> tuple[list[Any], dict[str, Any] | None]:
    """Return the test pipeline, and the model that averages over TTA."""
    if not tta:
        return dataset.get('pipeline') or config.get('test_pipeline'), None
    require_keys(config, '--tta', 'tta_model', 'tta_pipeline')
    return config.tta_pipeline, config.tta_model
