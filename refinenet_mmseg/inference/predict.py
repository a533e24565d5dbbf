"""Write the label maps and overlays of images, by any mmseg model."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from mmengine import Config
from mmseg.apis import inference_model
from rich.progress import track
from torch import nn

from .drawing import (
    draw_overlay,
    palette_image,
    read_image,
)
from .fast_prediction import accelerate
from .loading import load_model

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff', '.webp')


def predict_folder(
    config: str | Path | Config,
    checkpoint: str | Path,
    source: str | Path,
    out_dir: str | Path,
    device: str | None = None,
    opacity: float = 0.5,
    cfg_options: dict[str, Any] | None = None,
    fast: bool = False,
) -> list[Path]:
    """Write the label map and an overlay of an image or a folder of images.

    ``OUT_DIR/labels/STEM.png`` is a palette image whose values are the class
    indices; ``OUT_DIR/overlays/STEM.png`` shows them over the image, with a
    legend. Both match the image as mmcv reads it, upright by its EXIF tag.

    Args:
        config: Config of the model, or its file.
        checkpoint: Weights of the model, a local file.
        source: An image file, or a folder of images (not its subfolders).
        out_dir: Folder for the results, made where missing.
        device: torch device. Default: cuda where there is one, else cpu.
        opacity: Share of the classes' colors in the overlay, 0 to 1.
            Default: 0.5.
        cfg_options: Overrides of config keys. Default: none.
        fast: Whether to compile the network, in the precision that the
            device is fast in; it takes up to minutes before the first image,
            and pays for many. Default: False.

    Returns:
        The label maps written, in the order of their images.

    Raises:
        FileNotFoundError: If an input is missing.
        ValueError: If an input does not fit, before the first image, or if
            the scores of an image are not finite.
        OSError: If images could not be read, after all others are done.
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f'opacity must lie within 0 and 1, got {opacity}')
    images = _find_images(Path(source))
    model = load_model(config, checkpoint, device, cfg_options)
    names, palette = model.dataset_meta.values()
    if len(names) > 256:
        raise ValueError(
            f'8-bit label maps hold 256 classes, not {len(names)}'
        )
    if fast:
        accelerate(model)
    labels_dir = make_writable(Path(out_dir, 'labels'))
    overlays_dir = make_writable(Path(out_dir, 'overlays'))
    if any(map(images[0].parent.samefile, (labels_dir, overlays_dir))):
        raise ValueError(
            f'results in {out_dir} would overwrite the images; choose another'
        )

    written, unreadable = [], []
    for path in track(images, description='Predicting'):
        image = read_image(path)
        if image is None:
            unreadable.append(str(path))
            continue
        labels = predict_labels(model, path)
        written.append(labels_dir / f'{path.stem}.png')
        palette_image(labels, palette).save(written[-1])
        overlay = draw_overlay(image, labels, names, palette, opacity)
        overlay.save(overlays_dir / f'{path.stem}.png')
    if unreadable:
        raise OSError(
            f'could not read {len(unreadable)} of {len(images)} images: '
            f'{", ".join(unreadable)}; the rest is done, see {out_dir}'
        )
    return written


def predict_labels(model: nn.Module, image: str | Path) -> np.ndarray:
    """Predict the class indices of an image file, (H, W), unsigned 8 bit.

    Raises:
        OSError: If the image cannot be read.
        ValueError: If the network's scores are not finite: their largest
            would be none.
    """
    # Never an array: inference_model keeps its loading step in model.cfg.
    prediction = inference_model(model, str(image))
    scores = prediction.get('seg_logits')
    if scores is not None and not scores.data.isfinite().all():
        raise ValueError(
            f'the network computes scores for {image} that are not finite: '
            'its numbers overflow in this precision, or its weights are those '
            'of a training that diverged'
        )
    return prediction.pred_sem_seg.data[0].cpu().numpy().astype(np.uint8)


def make_writable(folder: Path) -> Path:
    """Make a folder where it is missing, and raise if it takes no files."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ValueError(
            f'cannot write to {folder}: {error.strerror}; choose another'
        ) from error
    return folder


def _find_images(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise FileNotFoundError(f'no such image or folder: {source}')
    images = sorted(
        path
        for path in source.iterdir()
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.is_dir()
    )
    if not images:
        raise ValueError(f'no {", ".join(IMAGE_SUFFIXES)} file in {source}')
    stems = Counter(path.stem for path in images)
    alike = [path.name for path in images if stems[path.stem] > 1]
    if alike:
        raise ValueError(
            f'{", ".join(alike)} in {source} would share a result; rename them'
        )
    return images
