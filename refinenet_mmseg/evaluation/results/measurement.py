"""A validation or test, watched while it runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.runner import BaseLoop

from .label_pictures import LabelPictures
from .scores import collect_class_iou, find_metric, pick_scores


class Measurement:
    """Takes scores and pictures from a validation or test.

    Args:
        predictions: Of how many images to keep the predictions.
    """

    def __init__(self, predictions: int) -> None:
        self._pictures = LabelPictures(predictions)
        self._class_iou: dict[str, float | None] = {}

    def begin(self, loop: BaseLoop) -> None:
        """Choose the pictures.

        Args:
            loop: The validation or test.
        """
        self._pictures.choose(loop.dataloader.dataset)

    def watch(
        self, loop: BaseLoop, batch_idx: int, outputs: Sequence[Any]
    ) -> None:
        """Take what later is thrown away.

        Args:
            loop: The validation or test.
            batch_idx: The batch's place in the loader.
            outputs: The predictions.
        """
        self._pictures.keep(outputs)
        if batch_idx + 1 < len(loop.dataloader):
            return
        self._pictures.collect()
        metric = find_metric(loop.evaluator)
        if metric is not None:
            self._class_iou = collect_class_iou(
                metric, len(loop.dataloader.dataset)
            )

    def finish(
        self, loop: BaseLoop, metrics: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Give the scores.

        Args:
            loop: The validation or test.
            metrics: What its evaluator returned.

        Returns:
            The fields of a result that were measured; None if the evaluator
            does not compute them.
        """
        metric = find_metric(loop.evaluator)
        if metric is None:
            return None
        scores = pick_scores(metric, metrics)
        return dict(scores, per_class_iou=self._class_iou)

    def write_pictures(self, folder: Path) -> dict[str, Any]:
        """Write the label maps, in the first process.

        Args:
            folder: Where to.

        Returns:
            The field ``pictures`` of a result, if any were asked for.
        """
        if not self._pictures.count:
            return {}
        pictures = self._pictures.write(folder) if is_main_process() else []
        return dict(pictures=pictures)
