from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.fileio import LocalBackend
from mmengine.hooks import CheckpointHook
from mmengine.runner import IterBasedTrainLoop, Runner
from mmseg.registry import HOOKS

from ...atomic_io import atomic_write_text, remove_partial_files
from ..checkpoint_files import (
    LAST_CHECKPOINT,
    CheckpointNames,
    check_finite_weights,
    save_intact_checkpoint,
)

# Keys of the message hub, which is part of a checkpoint: the files that this
# hook may remove, and the last iteration that was validated. Keys of logged
# values begin with train, val or test.
WRITTEN = 'written_ckpts'
VALIDATED = 'scored_iter'


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """Save checkpoints so that a complete one exists at every moment.

    mmengine's hook removes the old checkpoint, then writes the new one: if it
    is killed in between, both are lost. This hook writes a temporary file,
    reads it back, flushes it to the device and renames it, then updates
    ``last_checkpoint``, and only then removes the old checkpoint. So it needs
    space for one more checkpoint than are kept. The next process removes the
    partial files of a killed one and, in an iteration loop, repeats a
    validation whose score is in no checkpoint. Weights with NaN or Inf are
    never saved.

    This holds for checkpoints of one file each on a local file system; others
    are written by mmengine's backend.

    Args:
        kwargs: As mmengine's ``CheckpointHook``.
    """

    def before_train(self, runner: Runner) -> None:
        """Remove partial files and old checkpoints of a killed process."""
        super().before_train(runner)
        self._names = CheckpointNames(self.filename_tmpl)
        self._is_local = isinstance(self.file_backend, LocalBackend)
        if self._is_local and is_main_process():
            for folder in {self.out_dir, runner.work_dir}:
                for name in remove_partial_files(
                    Path(folder), self._is_leftover
                ):
                    runner.logger.warning(
                        f'Removed {name} from {folder}: it was being written '
                        'when the training was killed.'
                    )
        self._written = self._own_files(runner.message_hub.runtime_info)
        self._remove_superseded(runner)

    def before_train_epoch(self, runner: Runner) -> None:
        """Repeat a validation that a killed process did not finish."""
        loop = runner.train_loop
        if isinstance(loop, IterBasedTrainLoop):
            # A resumed loop has the first interval until it has begun.
            loop._decide_current_val_interval()
        if (
            self.save_best
            and isinstance(loop, IterBasedTrainLoop)
            and runner.val_loop is not None
            and runner.iter >= max(loop.val_begin, 1)
            and (
                runner.iter % loop.val_interval == 0
                or runner.iter == runner.max_iters
            )
            and runner.message_hub.runtime_info.get(VALIDATED) != runner.iter
        ):
            runner.logger.info(
                f'The score of iteration {runner.iter} is not in the '
                'checkpoint: validating.'
            )
            runner.val_loop.run()

    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Save the checkpoint if it is the best so far."""
        runner.message_hub.update_info(VALIDATED, runner.iter)
        super().after_val_epoch(runner, metrics or {})

    def write(self, runner: Runner, name: str, **kwargs: Any) -> None:
        """Write a checkpoint atomically.

        Args:
            runner: The runner of the training.
            name: Name of the file in the hook's folder.
            kwargs: As ``Runner.save_checkpoint``.

        Raises:
            FloatingPointError: If the weights hold NaN or Inf.
            OSError: If the file could not be written; the folder is
                unchanged.
        """
        if is_main_process():
            check_finite_weights(runner, name)
        if self._is_local:
            save_intact_checkpoint(runner, self.out_dir, name, **kwargs)
        else:
            runner.save_checkpoint(self.out_dir, name, **kwargs)

    def _save_checkpoint_with_step(
        self, runner: Any, step: int, meta: dict
    ) -> None:
        # mmengine's method removes the old checkpoint first.
        if isinstance(runner, _RunnerProxy):
            runner = runner.runner
        hub = runner.message_hub
        name = self._names.of_step(step)
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        hub.update_info('last_ckpt', self.last_ckpt)
        if self.max_keep_ckpts > 0:
            if step not in self.keep_ckpt_ids:
                self.keep_ckpt_ids.append(step)  # and drops the oldest
            hub.update_info('keep_ckpt_ids', list(self.keep_ckpt_ids))
            self._note_written(runner, name)
        self.write(
            runner,
            name,
            file_client_args=self.file_client_args,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args,
        )
        if is_main_process():
            atomic_write_text(
                Path(runner.work_dir, LAST_CHECKPOINT),
                self.last_ckpt,
                durable=True,
            )
        self._remove_superseded(runner)

    def _save_best_checkpoint(self, runner: Any, metrics: dict) -> None:
        # mmengine's method removes the known best checkpoint before it writes
        # the better one, so the known one is hidden from it.
        several = getattr(self, 'best_ckpt_path_dict', None)
        if several is not None:
            before = dict(several)
            several.update(dict.fromkeys(several))
            super()._save_best_checkpoint(_RunnerProxy(runner, self), metrics)
            several.update(
                {key: several[key] or path for key, path in before.items()}
            )
        elif self.save_best:
            path = getattr(self, 'best_ckpt_path', None)
            self.best_ckpt_path: str | None = None
            super()._save_best_checkpoint(_RunnerProxy(runner, self), metrics)
            self.best_ckpt_path = self.best_ckpt_path or path

    def _is_leftover(self, name: str) -> bool:
        return name == LAST_CHECKPOINT or self._names.is_own(name)

    def _own_files(self, info: dict[str, Any]) -> list[str]:
        """List the files that this hook has written, from a checkpoint.

        Checkpoints are not trusted: only names that this hook gives are kept,
        as files of these names are removed later. If the best checkpoint is
        not known, as in a folder that was moved, no best one is removed.
        """
        written = info.get(WRITTEN)
        if not isinstance(written, (list, tuple)):
            return []
        knows_best = any(key.startswith('best_ckpt') for key in info)
        return [
            name
            for name in written
            if self._names.is_own(name)
            and (knows_best or not self._names.is_best(name))
        ]

    def _note_written(self, runner: Runner, name: str) -> None:
        """Note in the message hub that a checkpoint is written."""
        if name not in self._written:
            self._written.append(name)
        runner.message_hub.update_info(WRITTEN, list(self._written))

    def _remove_superseded(self, runner: Runner) -> None:
        """Remove the checkpoints that are neither kept nor best any more."""
        wanted = {
            Path(path).name
            for key, path in runner.message_hub.runtime_info.items()
            if key.startswith('best_ckpt')
        }
        if self.max_keep_ckpts > 0:
            wanted.update(map(self._names.of_step, self.keep_ckpt_ids))
        for name in [*self._written]:
            if name in wanted:
                continue
            path = self.file_backend.join_path(self.out_dir, name)
            if is_main_process() and self.file_backend.isfile(path):
                self.file_backend.remove(path)
            self._written.remove(name)


class _RunnerProxy:
    """Stand in for the runner, to write its best checkpoint atomically."""

    def __init__(self, runner: Runner, hook: SafeCheckpointHook) -> None:
        self.runner = runner
        self.hook = hook

    def __getattr__(self, name: str) -> Any:
        return getattr(self.runner, name)

    def save_checkpoint(
        self, out_dir: str, filename: str, **kwargs: Any
    ) -> None:
        """Write the best checkpoint."""
        self.hook._note_written(self.runner, filename)
        self.hook.write(self.runner, filename, **kwargs)
