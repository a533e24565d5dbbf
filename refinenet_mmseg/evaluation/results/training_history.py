"""Training history of a result: time and scores, stored in checkpoints."""

import os
import time
from typing import Any, NamedTuple

import torch
from mmengine.dist import get_world_size
from mmengine.hooks import CheckpointHook
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from mmengine.runner import Runner

from ...devices import device_name, supports_bf16
from .provenance import name_initialization
from .result_file import NoResultError

# Checkpoints keep the history under this key.
CHECKPOINT_KEY = 'refinenet_mmseg_result'
# The fields of a training whose checkpoint keeps no history.
UNKNOWN_TRAINING: dict[str, Any] = dict.fromkeys(
    (
        'seed',
        'iterations',
        'training_seconds',
        'batch_size',
        'processes',
        'device',
        'dtype',
        'initialisation',
    )
)


class TrainingClock:
    """Count the seconds of training, with data loading, without validation."""

    def __init__(self) -> None:
        self._earlier: float | None = 0.0
        self._started: float | None = None

    @property
    def seconds(self) -> float | None:
        """Seconds so far; None if those before a resume are not known."""
        if self._earlier is None or self._started is None:
            return self._earlier
        return self._earlier + time.perf_counter() - self._started

    def resume(self, seconds: float | None) -> None:
        """Continue from the time of an earlier process.

        Args:
            seconds: The seconds until then; None if they are not known.
        """
        self._earlier = seconds

    def start(self) -> None:
        """Start the clock unless it runs."""
        if self._started is None:
            self._started = time.perf_counter()

    def stop(self) -> None:
        """Stop the clock once the GPU has finished its work."""
        if self._started is None:
            return
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self._earlier = self.seconds
        self._started = None


class TrainingHistory:
    """Keep the time of a training, and the scores of its checkpoints."""

    def __init__(self) -> None:
        self.clock = TrainingClock()
        self._initialization: str | None = None
        self._latest: dict[str, Any] = {}
        self._latest_step = -1
        self._saved_step = -1
        self._best: dict[str, Any] | None = None
        self._best_file: str | None = None

    def begin(self, runner: Runner, stored: dict[str, Any]) -> None:
        """Begin a training, or resume one.

        Args:
            runner: The runner before its first step.
            stored: The history in the loaded checkpoint; empty if there is
                none.
        """
        self._initialization = name_initialization(runner.cfg)
        if runner.iter:
            training = stored.get('training', UNKNOWN_TRAINING)
            self._initialization = training['initialisation']
            self.clock.resume(training['training_seconds'])
            self._best = stored.get('best')
        self._best_file = find_checkpoints(runner).best

    def add_scores(self, runner: Runner, scores: dict[str, Any]) -> None:
        """Add the scores of a validation.

        Args:
            runner: The runner.
            scores: The fields of a result about scores; may be empty.
        """
        self._latest, self._latest_step = scores, runner.iter

    def update_best(self, runner: Runner) -> dict[str, Any] | None:
        """Update the best scores if there is a new best checkpoint.

        Args:
            runner: The runner, when it is about to save a checkpoint.

        Returns:
            The best scores, which may be added to; None if they are those of
            an earlier validation.
        """
        file = find_checkpoints(runner).best
        if file == self._best_file or not self._latest:
            return None
        self._best_file = file
        self._best = dict(self._latest, checkpoint=file)
        return self._best

    def store(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Store the history in a checkpoint.

        Args:
            runner: The runner.
            checkpoint: The content that will be saved.
        """
        self._saved_step = checkpoint['meta']['iter']
        checkpoint[CHECKPOINT_KEY] = dict(
            training=self.describe(runner), best=self._best
        )

    def describe(self, runner: Runner) -> dict[str, Any]:
        """Describe the training so far.

        Returns:
            The fields of a result about the training; ``iterations`` are those
            of its schedule, of which a checkpoint may be an earlier step.
        """
        seconds = self.clock.seconds
        device = next(runner.model.parameters()).device.type
        return dict(
            seed=runner.seed,
            iterations=runner.max_iters,
            training_seconds=None if seconds is None else round(seconds, 1),
            batch_size=runner.train_dataloader.batch_size,
            processes=get_world_size(),
            device=device_name(device),
            dtype=_name_dtype(runner.optim_wrapper, device),
            initialisation=self._initialization,
        )

    def final_scores(self, runner: Runner) -> dict[str, Any]:
        """Return the scores of the best checkpoint, or else of the last.

        Args:
            runner: The runner after its last step.

        Returns:
            The fields of a result about scores, and ``checkpoint``.

        Raises:
            NoResultError: If there is no checkpoint with scores.
        """
        saves_best, _, last = find_checkpoints(runner)
        if saves_best:
            if self._best is None:
                raise NoResultError(
                    'no validation has measured the best checkpoint '
                    f'({self._best_file}); run tools/test.py on it'
                )
            return dict(self._best)
        if not self._latest:
            raise NoResultError(
                'no validation has measured the last checkpoint '
                f'({last}); run tools/test.py on it'
            )
        if last is None or self._saved_step != self._latest_step:
            raise NoResultError(
                f'no checkpoint was saved after {self._latest_step} steps, '
                'when it was last validated: let CheckpointHook save then, or '
                f'run tools/test.py on the last one ({last})'
            )
        return dict(self._latest, checkpoint=last)


class Checkpoints(NamedTuple):
    """File names of the checkpoints of a training.

    Args:
        saves_best: Whether ``CheckpointHook`` has ``save_best``.
        best: The best so far, by the first score of ``save_best``.
        last: The last one.
    """

    saves_best: bool
    best: str | None
    last: str | None


def find_checkpoints(runner: Runner) -> Checkpoints:
    """Find the checkpoints that mmengine's ``CheckpointHook`` has saved."""
    best_key = None
    for hook in runner.hooks:
        if isinstance(hook, CheckpointHook) and hook.save_best:
            # Read each time: 'auto' is replaced by a score's name later on.
            scores = hook.key_indicators
            best_key = 'best_ckpt'
            if len(scores) > 1:
                best_key += f'_{scores[0]}'
            break
    paths = runner.message_hub.runtime_info
    best, last = (
        os.path.basename(paths.get(key) or '') or None
        for key in (best_key, 'last_ckpt')
    )
    return Checkpoints(best_key is not None, best, last)


def _name_dtype(optim_wrapper: OptimWrapper, device: str) -> str:
    """Name the precision of the forward pass."""
    if isinstance(optim_wrapper, AmpOptimWrapper):
        # None stands for fp16 on a GPU, which this wrapper requires.
        bf16 = optim_wrapper.cast_dtype is torch.bfloat16
        return 'bf16' if bf16 else 'fp16'
    # Bf16OptimWrapper runs in fp32 if the device has no bf16.
    in_bf16 = getattr(optim_wrapper, 'cast_dtype', None) is torch.bfloat16
    return 'bf16' if in_bf16 and supports_bf16(device) else 'fp32'
