import math
from collections.abc import Sequence
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS


@HOOKS.register_module()
class StopOnNonFiniteLossHook(Hook):
    """Stop a training whose loss is NaN or Inf, and name the batch's files.

    It runs in every iteration, before checkpoints are saved. It does not wait
    for a GPU: mmengine has copied the losses for the log already.
    """

    priority = 'ABOVE_NORMAL'

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Check the losses of an iteration.

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
                '--resume continues from the last one'
            )


def _files_of(data_batch: Any) -> str:
    """List the image files of a batch, for a message."""
    samples: Sequence[Any] = []
    if isinstance(data_batch, dict):
        samples = data_batch.get('data_samples') or []
    files = [str(getattr(sample, 'img_path', '')) for sample in samples]
    named = ', '.join(file for file in files if file)
    return named or "its files are not known (PackSegInputs' meta_keys)"
