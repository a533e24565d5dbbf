"""Predictions of a few images, kept as label maps beside the result."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import collect_results, get_world_size
from PIL import Image

from ...atomic_io import atomic_write


class LabelPictures:
    """Keeps the predictions of evenly spaced images.

    Args:
        count: How many images at most.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._wanted: set[str] = set()
        self._labels: dict[str, np.ndarray] = {}

    def choose(self, data_set: Any) -> None:
        """Choose the images; forget what was kept.

        Args:
            data_set: Of the validation or test.
        """
        count = min(self.count, len(data_set))
        indices = np.linspace(0, len(data_set) - 1, count).round()
        self._wanted = {
            data_set.get_data_info(int(index))['img_path'] for index in indices
        }
        self._labels = {}

    def keep(self, samples: Iterable[Any]) -> None:
        """Keep the chosen images of a batch.

        Args:
            samples: Predictions, of shape (1, H, W).
        """
        for sample in samples:
            if sample.img_path in self._wanted:
                labels = sample.pred_sem_seg.data.squeeze(0)
                self._labels[Path(sample.img_path).stem] = (
                    labels.cpu().numpy().astype(np.uint8)
                )

    def collect(self) -> None:
        """Bring what several processes kept to the first of them."""
        if self.count:
            parts = collect_results([self._labels], get_world_size())
            self._labels = {
                name: labels
                for part in parts or []
                for name, labels in part.items()
            }

    def write(self, folder: Path) -> list[dict[str, str]]:
        """Write the label maps as gray PNGs, whole or not at all.

        The values are places in ``classes``: with ``reduce_zero_label`` one
        less than in the data set's own files.

        Args:
            folder: Where to; made if need be.

        Returns:
            The field ``pictures`` of a result in the folder above.
        """
        pictures = []
        for name, labels in sorted(self._labels.items()):
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f'{name}.png'
            with atomic_write(path) as beside:
                Image.fromarray(labels).save(beside, 'PNG')
            pictures.append(
                dict(name=name, prediction=f'{folder.name}/{path.name}')
            )
        return pictures
