"""Prediction of label maps, for an image file or a folder of images."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine import Config
from mmengine.dataset import Compose, pseudo_collate
from mmseg.registry import MODELS
from rich.progress import track
from torch import nn

from ..atomic_io import atomic_write, make_output_folder
from ..configs import use_strict_loading
from ..images import NUM_LABEL_VALUES, list_images
from .drawing import draw_overlay, palette_image, read_image
from .loading import load_segmentor
from .optimization import accelerate


class Predictor:
    """Predict the label maps of image files.

    Args:
        model: A segmentor of mmseg's, ready to predict.
        pipeline: Config of a test pipeline, plain or of test-time
            augmentation; its steps that load labels are left out.
            Default: the ``test_pipeline`` of the model's config.
        tta_model: Config of the model that averages over the augmentations.
            Default: None, for a plain pipeline.
        apply_exif_orientation: Whether to turn images upright as their EXIF
            tag says, rather than read them as they are stored. A
            ``color_type`` in the pipeline takes precedence. Default: True.
    """

    def __init__(
        self,
        model: nn.Module,
        pipeline: Sequence[Any] | None = None,
        tta_model: dict[str, Any] | None = None,
        apply_exif_orientation: bool = True,
    ) -> None:
        if pipeline is None:
            pipeline = model.cfg.test_pipeline
        if tta_model is not None:
            model = MODELS.build(dict(**tta_model, module=model))
        self.model = model
        steps = _adapt_pipeline(pipeline, apply_exif_orientation)
        self.pipeline = Compose(use_strict_loading(steps))

    @torch.no_grad()
    def __call__(self, image: str | Path) -> np.ndarray:
        """Predict the class indices of an image file, (H, W), 8 bit.

        Raises:
            OSError: If the file cannot be read as an image.
            ValueError: If the network's scores are not finite.
        """
        data = self.pipeline(dict(img_path=str(image)))
        (sample,) = self.model.test_step(pseudo_collate([data]))
        scores = sample.get('seg_logits')
        # argmax would return a class even for NaN.
        if scores is not None and not scores.data.isfinite().all():
            raise ValueError(
                f'the network computes scores for {image} that are not '
                'finite: its numbers overflow in this precision, or its '
                'weights are those of a training that diverged'
            )
        return sample.pred_sem_seg.data[0].cpu().numpy().astype(np.uint8)


def predict_folder(
    config: str | Path | Config,
    checkpoint: str | Path,
    source: str | Path,
    out_dir: str | Path,
    device: str | None = None,
    opacity: float = 0.5,
    cfg_options: dict[str, Any] | None = None,
    fast: bool = False,
    trust_checkpoint: bool = False,
) -> list[Path]:
    """Write the label map and an overlay of an image or a folder of images.

    ``OUT_DIR/labels/STEM.png`` is a palette image whose values are the class
    indices; ``OUT_DIR/overlays/STEM.png`` shows them over the image, with a
    legend. Both match the image as mmcv reads it, upright by its EXIF tag.

    Args:
        config: Config of the model, or its file.
        checkpoint: Weights of the model, a local file.
        source: An image file, or a folder of images (not its subfolders).
        out_dir: Folder for the results; created if missing.
        device: torch's name of the device. Default: CUDA if there is one.
        opacity: Share of the classes' colors in the overlay, 0 to 1.
            Default: 0.5.
        cfg_options: Overrides of config keys. Default: None.
        fast: Whether to compile the network, in the precision that the
            device is fast in; it takes up to minutes before the first image,
            and pays for many. Default: False.
        trust_checkpoint: Whether to load objects that could run code.
            Default: False.

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
    images = _list_sources(Path(source))
    model = load_segmentor(
        config, checkpoint, device, cfg_options, trust_checkpoint
    )
    names = model.dataset_meta['classes']
    palette = model.dataset_meta['palette']
    if len(names) > NUM_LABEL_VALUES:
        raise ValueError(
            f'8-bit label maps hold {NUM_LABEL_VALUES} classes, not '
            f'{len(names)}'
        )
    if fast:
        accelerate(model)
    predict = Predictor(model, apply_exif_orientation=True)
    labels_dir = make_output_folder(Path(out_dir, 'labels'))
    overlays_dir = make_output_folder(Path(out_dir, 'overlays'))
    if any(map(images[0].parent.samefile, (labels_dir, overlays_dir))):
        raise ValueError(
            f'results in {out_dir} would overwrite the images; choose another'
        )

    written, unreadable = [], []
    for path in track(images, description='Predicting'):
        try:
            image = read_image(path)
        except OSError:
            unreadable.append(str(path))
            continue
        labels = predict(path)
        overlay = draw_overlay(image, labels, names, palette, opacity)
        label_file = labels_dir / f'{path.stem}.png'
        with atomic_write(label_file) as partial:
            palette_image(labels, palette).save(partial)
        with atomic_write(overlays_dir / label_file.name) as partial:
            overlay.save(partial)
        written.append(label_file)
    if unreadable:
        raise OSError(
            f'could not read {len(unreadable)} of {len(images)} images: '
            f'{", ".join(unreadable)}; the rest is done, see {out_dir}'
        )
    return written


def _adapt_pipeline(steps: Sequence[Any], apply_exif: bool) -> list[Any]:
    """Remove steps that load labels, and set the EXIF rule, recursively."""
    adapted: list[Any] = []
    for step in steps:
        if not isinstance(step, dict):  # alternatives of TestTimeAug
            alternatives = _adapt_pipeline(step, apply_exif)
            if alternatives:  # none would leave no combination of steps
                adapted.append(alternatives)
            continue
        step = dict(step)
        name = getattr(step['type'], '__name__', step['type'])
        if name.endswith('LoadAnnotations'):
            continue
        if name.endswith('LoadImageFromFile') and not apply_exif:
            step.setdefault('color_type', 'color_ignore_orientation')
        if 'transforms' in step:
            step['transforms'] = _adapt_pipeline(
                step['transforms'], apply_exif
            )
        adapted.append(step)
    return adapted


def _list_sources(source: Path) -> list[Path]:
    """List an image, or the images of a folder, whose stems must differ."""
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise FileNotFoundError(f'no such image or folder: {source}')
    images = list_images(source)
    stems = Counter(path.stem for path in images)
    alike = [path.name for path in images if stems[path.stem] > 1]
    if alike:
        raise ValueError(
            f'{", ".join(alike)} in {source} would share a result; rename them'
        )
    return images
