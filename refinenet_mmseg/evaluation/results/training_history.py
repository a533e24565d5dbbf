"""A training's time and scores, kept in its checkpoints over resumes."""

import os
from typing import Any

from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from .guard import NoResultError
from .scores import find_metric, no_scores
from .training_clock import TrainingClock
from .training_record import UNKNOWN, describe_training

# Where checkpoints keep it
KEY = 'refinenet_mmseg_result'


class TrainingHistory:
    """Knows which scores belong to which checkpoint."""

    def __init__(self) -> None:
        self.clock = TrainingClock()
        self._before: dict[str, Any] | None = None
        self._latest: dict[str, Any] | None = None
        self._latest_step = -1
        self._latest_is_best = False
        self._saved_step = -1
        self._best: dict[str, Any] | None = None
        self._best_file: str | None = None

    def begin(self, runner: Runner, kept: dict[str, Any]) -> None:
        """Go on where a resumed training was left.

        Args:
            runner: The runner, before its first step.
            kept: What the loaded checkpoint has kept; empty without one.
        """
        if runner.iter:
            self._before = kept.get('training', UNKNOWN)
            self.clock.resume_from(self._before['training_seconds'])
            self._best = kept.get('best')
        self._best_file = _best_file(runner)

    def add(self, runner: Runner, scores: dict[str, Any] | None) -> None:
        """Take the scores of a validation.

        Args:
            runner: The runner.
            scores: What was measured.
        """
        self._latest, self._latest_step = scores, runner.iter
        self._latest_is_best = False

    def notice_best(self, runner: Runner) -> dict[str, Any] | None:
        """Find out whether the latest scores are those of a new best file.

        Args:
            runner: The runner.

        Returns:
            These scores, to be added to; None if they are not the best.
        """
        file = _best_file(runner)
        if file == self._best_file or self._latest is None:
            return None
        self._best_file = file
        self._best = dict(self._latest, checkpoint=file)
        self._latest_is_best = True
        return self._best

    def ends_with_latest(self, runner: Runner) -> bool:
        """Tell whether the final scores are those of the last validation.

        Args:
            runner: The runner.
        """
        return self._latest_is_best or not _save_best(runner)

    def keep(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Put into a checkpoint what a later run needs.

        Args:
            runner: The runner.
            checkpoint: What will be saved.
        """
        self._saved_step = checkpoint['meta']['iter']
        checkpoint[KEY] = dict(training=self.describe(runner), best=self._best)

    def describe(self, runner: Runner) -> dict[str, Any]:
        """Describe the training so far.

        Args:
            runner: The runner.

        Returns:
            The fields of a result about the training.
        """
        return describe_training(runner, self.clock.seconds, self._before)

    def final_scores(self, runner: Runner) -> dict[str, Any]:
        """Give the scores of the checkpoint that the training is for.

        Args:
            runner: The runner, after its last step.

        Returns:
            The fields that were measured, with ``checkpoint``.

        Raises:
            NoResultError: If there is no checkpoint with scores.
        """
        if runner.val_loop is None:
            raise NoResultError(
                'its config has no validation (val_dataloader, val_evaluator, '
                'val_cfg)'
            )
        if find_metric(runner.val_loop.evaluator) is None:
            raise no_scores(runner.val_loop.evaluator)
        if _save_best(runner):
            if self._best is None:
                raise NoResultError(
                    'no validation has measured the best checkpoint '
                    f'({self._best_file}); run tools/test.py on it'
                )
            return self._best
        last = runner.message_hub.runtime_info.get('last_ckpt')
        if self._latest is None:
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
        return dict(self._latest, checkpoint=os.path.basename(last))


def _save_best(runner: Runner) -> list[str]:
    """List the scores whose best checkpoint is saved."""
    for hook in runner.hooks:
        if isinstance(hook, CheckpointHook) and hook.save_best:
            # With 'auto', the hook finds the score's name later.
            return list(hook.key_indicators)
    return []


def _best_file(runner: Runner) -> str | None:
    """Name the best checkpoint so far, by the first score."""
    scores = _save_best(runner)
    if not scores:
        return None
    # As CheckpointHook calls it
    key = 'best_ckpt' if len(scores) == 1 else f'best_ckpt_{scores[0]}'
    path = runner.message_hub.runtime_info.get(key)
    return None if path is None else os.path.basename(path)
