from collections.abc import Iterable, Iterator
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from torch import Tensor

from ...networks import find_decode_head

Batch = dict[str, Any] | None
MAX_HISTOGRAM = 2**16


@HOOKS.register_module()
class CheckInvalidLabelHook(Hook):
    """Name the file of a label that is neither a class nor ignored.

    Such a label ends a training in ``Target 21 is out of bounds`` on a CPU and
    in a failed assertion of CUDA on a GPU, and silently lowers the score of a
    test. Labels are checked before they leave the CPU.
    """

    priority = 'VERY_HIGH'

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Batch = None
    ) -> None:
        """Check the labels of a training batch.

        Raises:
            ValueError: If a label is neither a class nor ignored.
        """
        head = _head(runner)
        if head is not None:
            _check(data_batch, head, {head.ignore_index})

    def before_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: Batch = None
    ) -> None:
        """Check the labels of a validation batch."""
        self._check_evaluation(runner, runner.val_evaluator, data_batch)

    def before_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: Batch = None
    ) -> None:
        """Check the labels of a test batch."""
        self._check_evaluation(runner, runner.test_evaluator, data_batch)

    def _check_evaluation(
        self, runner: Runner, evaluator: Any, data_batch: Batch
    ) -> None:
        head = _head(runner)
        metrics = getattr(evaluator, 'metrics', [])
        known = [m for m in metrics if hasattr(m, 'ignore_index')]
        if head is not None and known and len(known) == len(metrics):
            _check(data_batch, head, {m.ignore_index for m in known})


def _head(runner: Runner) -> Any:
    """Return the decode head if it has an ``ignore_index``."""
    head = find_decode_head(runner.model)
    return head if hasattr(head, 'ignore_index') else None


def _check(batch: Batch, head: Any, ignored: set[int]) -> None:
    # A head of one output channel predicts two classes.
    num_classes = max(head.num_classes, 2)
    for sample in _samples((batch or {}).get('data_samples') or []):
        if 'gt_sem_seg' not in sample:
            continue
        labels = sample.gt_sem_seg.data
        if not isinstance(labels, Tensor) or not labels.numel():
            continue
        low, high = (int(value) for value in labels.aminmax())
        if low >= 0 and high < num_classes:
            continue
        is_short = low >= 0 and high < MAX_HISTOGRAM
        values = (
            labels.flatten().bincount().nonzero().flatten()  # much faster
            if is_short
            else labels.unique()
        )
        wrong = [
            value
            for value in values.tolist()
            if not 0 <= value < num_classes and value not in ignored
        ]
        if wrong:
            raise ValueError(
                f'the label map {sample.get("seg_map_path")} of '
                f'{sample.get("img_path")} holds the values {wrong[:5]}, '
                f'which are neither one of the {num_classes} classes nor '
                f'{sorted(ignored)} (ignored); correct the file, '
                '`reduce_zero_label` or `num_classes`, and check all files '
                'with tools/check_dataset.py'
            )


def _samples(samples: Iterable[Any]) -> Iterator[Any]:
    """Yield samples, also from the lists of test-time augmentation."""
    for sample in samples:
        if isinstance(sample, (list, tuple)):
            yield from _samples(sample)
        else:
            yield sample
