import math
from collections.abc import Sequence
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS


@HOOKS.register_module()
class StopOnNonFiniteLossHook(Hook):
    """Stop a training whose loss is NaN or Inf, and name the batch's files.

    Runs before checkpoints are saved, in every iteration. It costs a GPU
    nothing: mmengine has taken the losses from it for the log by then.
    """

    priority = 'ABOVE_NORMAL'

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Look at the losses of an iteration.

        Args:
            runner: The runner of the training.
            batch_idx: Number of the iteration, from 0.
            data_batch: What was trained on, with ``data_samples``.
            outputs: The losses by name.

        Raises:
            FloatingPointError: If one is NaN or Inf.
        """
        scalars = runner.message_hub.log_scalars
        bad = {}
        for name in outputs or {}:
            history = scalars.get(f'train/{name}')
            if 'loss' in name and history is not None:
                value = history.current()
                if not math.isfinite(value):
                    bad[name] = value
        if bad:
            losses = ', '.join(f'{key}: {bad[key]}' for key in bad)
            raise FloatingPointError(
                f'the loss of iteration {batch_idx + 1} is not finite '
                f'({losses}). The batch: {_files_of(data_batch)}. Look at '
                'these images and their labels; if nothing is wrong with '
                'them, lower the learning rate or clip the gradients '
                '(optim_wrapper.clip_grad). No checkpoint was written since; '
                '--resume goes on from the last one'
            )


def _files_of(data_batch: Any) -> str:
    """Name the images of a batch."""
    samples: Sequence[Any] = []
    if isinstance(data_batch, dict):
        samples = data_batch.get('data_samples') or []
    files = [str(getattr(sample, 'img_path', '')) for sample in samples]
    named = ', '.join(file for file in files if file)
    return named or "its files are not known (PackSegInputs' meta_keys)"
