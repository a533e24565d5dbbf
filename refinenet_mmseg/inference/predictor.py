"""Label maps as mmseg's test loop predicts them, one image file at a time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import Compose, pseudo_collate
from mmseg.registry import MODELS
from torch import nn


class Predictor:
    """Predicts the label maps of images that have no labels.

    Images are read as they are stored, whatever their EXIF tag says of what
    is up: label maps are compared pixel by pixel with those of other people.

    Args:
        model: A segmentor of mmseg's, ready to predict.
        pipeline: Steps of a test pipeline, or of one of test-time
            augmentation; those that load labels are left out.
        tta_model: Config of the model that averages over the augmentations.
            Default: none, for a plain pipeline.
    """

    def __init__(
        self,
        model: nn.Module,
        pipeline: Sequence[Any],
        tta_model: dict[str, Any] | None = None,
    ) -> None:
        if tta_model is not None:
            model = MODELS.build(dict(**tta_model, module=model))
        self.model = model
        self.pipeline = Compose(_adapt(pipeline))

    @torch.no_grad()
    def __call__(self, image: Path) -> np.ndarray:
        """Predict the class indices of an image file, (H, W), 8 bit.

        Raises:
            OSError: If the file cannot be read as an image.
        """
        data = self.pipeline(dict(img_path=str(image)))
        (sample,) = self.model.test_step(pseudo_collate([data]))
        return sample.pred_sem_seg.data[0].cpu().numpy().astype(np.uint8)


def _adapt(steps: Sequence[Any]) -> list[Any]:
    """Read images as stored and no labels, in nested steps as well."""
    adapted: list[Any] = []
    for step in steps:
        if not isinstance(step, dict):  # alternatives of TestTimeAug
            alternatives = _adapt(step)
            if alternatives:  # none would leave no combination of steps
                adapted.append(alternatives)
            continue
        step = dict(step)
        name = getattr(step['type'], '__name__', step['type']).split('.')[-1]
        if name == 'LoadAnnotations':
            continue
        if name == 'LoadImageFromFile':
            step.setdefault('color_type', 'color_ignore_orientation')
        if 'transforms' in step:
            step['transforms'] = _adapt(step['transforms'])
        adapted.append(step)
    return adapted
