import functools
import logging
import os
import traceback
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import BaseLoop, Runner
from mmseg.registry import HOOKS

from .dataset_info import SPLITS, describe_dataset
from .model_info import check_cost_options, describe_model, measure_cost
from .provenance import (
    find_commit,
    format_command,
    hash_config,
    list_versions,
    relative_config_path,
)
from .result_file import NoResultError, write_result
from .scores import ScoreCollector, check_metric
from .training_history import (
    CHECKPOINT_KEY,
    UNKNOWN_TRAINING,
    TrainingHistory,
    find_checkpoints,
)


def log_errors(method: Callable) -> Callable:
    """Log the errors of a hook's method, so that they do not stop the run.

    An expected error (``NoResultError``) is logged in one line, any other one
    with its traceback.

    Args:
        method: A method of a hook.
    """

    @functools.wraps(method)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        try:
            method(*args, **kwargs)
        except NoResultError as error:
            print_log(
                f'This run leaves no result file: {error}',
                logger='current',
                level=logging.WARNING,
            )
        except Exception:
            print_log(
                f'{method.__qualname__} failed. The run continues, but its '
                'result file may be missing or incomplete:\n'
                f'{traceback.format_exc()}',
                logger='current',
                level=logging.ERROR,
            )

    return wrapper


@HOOKS.register_module()
class ResultHook(Hook):
    """Write the result of a finished run into its work folder.

    A training writes ``result.json``, a test ``result_SPLIT.json`` or, with
    test-time augmentation, ``result_SPLIT_tta.json``; ``schema.json``
    describes the fields. A training's result is that of the best checkpoint
    if ``CheckpointHook`` has ``save_best`` (by the first of its scores), else
    that of the last one, and names it. A test takes the fields about the
    training from the checkpoint, where this hook has stored them; otherwise
    they are null.

    Training time is the time of all training steps, before and after a
    resume. It includes data loading and the checkpoints saved at intervals,
    but neither validation nor saving the best checkpoint.

    The evaluator must have mmseg's ``IoUMetric``; ``TrimapIoUMetric`` beside
    it adds the scores at boundaries. If anything is missing, the log says so
    and the run continues without a result.

    Args:
        split: Split of the measured images: ``train``, ``val`` or ``test``.
            None reads it from the name of their list or folder. Default: None.
        cost: Whether to measure the model's cost at the end, as
            ``tools/benchmark.py`` does; a dict has the options ``shape``
            (default: the size of the training crops), ``batch_size``,
            ``device``, ``dtype``, ``mode``, ``compiled``, ``channels_last``
            and ``rounds``. Default: False.
        predictions: Number of evenly spaced images whose predicted label maps
            are kept in a folder beside the result. Default: 0.

    Raises:
        ValueError: If an argument is invalid.
    """

    # Before CheckpointHook, which saves what this hook stores.
    priority = 'LOW'

    def __init__(
        self,
        split: str | None = None,
        cost: bool | dict[str, Any] | None = False,
        predictions: int = 0,
    ) -> None:
        if split not in (None, *SPLITS):
            raise ValueError(
                f'ResultHook(split={split!r}): expected one of {SPLITS}'
            )
        if not isinstance(predictions, int) or predictions < 0:
            raise ValueError(
                f'ResultHook(predictions={predictions!r}): expected a number '
                'of images'
            )
        self._split = split
        self._cost: dict[str, Any] | None = None
        if cost is not False and cost is not None:
            self._cost = {} if cost is True else dict(cost)
            check_cost_options(self._cost)
        self._scores = ScoreCollector(predictions)
        self._history = TrainingHistory()
        self._loaded: dict[str, Any] = {}
        self._is_training = False
        # At the start: a checkout may change while a training runs.
        self._commit = find_commit()

    @log_errors
    def after_load_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Read the history of a training from its checkpoint."""
        self._loaded = checkpoint.get(CHECKPOINT_KEY) or {}

    @log_errors
    def before_train(self, runner: Runner) -> None:
        """Begin or resume the history of a training."""
        self._is_training = True
        self._history.begin(runner, self._loaded)

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Start the clock."""
        self._history.clock.start()

    @log_errors
    def before_val_epoch(self, runner: Runner) -> None:
        """Stop the clock, and begin to collect scores."""
        self._history.clock.stop()
        self._scores.begin(runner.val_loop)

    @log_errors
    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence[Any] = (),
    ) -> None:
        """Collect scores and label maps of a batch."""
        self._scores.add_batch(runner.val_loop, batch_idx, outputs)

    @log_errors
    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, Any] | None = None
    ) -> None:
        """Add the scores of a validation to the history."""
        scores = self._scores.finish(runner.val_loop, metrics or {})
        self._history.add_scores(runner, scores)

    @log_errors
    def before_save_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Store the history in a checkpoint, and write the best label maps."""
        best = self._history.update_best(runner)
        try:
            if best is not None:
                best.update(self._write_label_maps(runner, 'predictions'))
        finally:
            self._history.store(runner, checkpoint)

    @log_errors
    def after_train(self, runner: Runner) -> None:
        """Write the result of the training."""
        self._history.clock.stop()
        if runner.val_loop is None:
            raise NoResultError(
                'its config has no validation (val_dataloader, val_evaluator, '
                'val_cfg)'
            )
        check_metric(runner.val_loop.evaluator)
        scores = self._history.final_scores(runner)
        if not find_checkpoints(runner).saves_best:
            scores |= self._write_label_maps(runner, 'predictions')
        if not all(
            Path(runner.work_dir, picture['prediction']).is_file()
            for picture in scores.get('pictures', [])
        ):
            # The training was resumed in another folder.
            del scores['pictures']
        if is_main_process():
            training = self._history.describe(runner)
            result = self._compose(runner, runner.val_loop, training | scores)
            self._write(runner, 'result', result)

    @log_errors
    def before_test_epoch(self, runner: Runner) -> None:
        """Begin to collect scores."""
        self._scores.begin(runner.test_loop)

    @log_errors
    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence[Any] = (),
    ) -> None:
        """Collect scores and label maps of a batch."""
        self._scores.add_batch(runner.test_loop, batch_idx, outputs)

    @log_errors
    def after_test_epoch(
        self, runner: Runner, metrics: dict[str, Any] | None = None
    ) -> None:
        """Write the result of the test."""
        check_metric(runner.test_loop.evaluator)
        if self._is_training:
            raise NoResultError(
                'it was tested right after its training, in one process: run '
                'tools/test.py on a checkpoint'
            )
        if not runner.cfg.get('load_from'):
            raise NoResultError('no checkpoint was loaded (load_from)')
        if is_main_process():
            fields = dict(
                self._loaded.get('training', UNKNOWN_TRAINING),
                **self._scores.finish(runner.test_loop, metrics or {}),
                checkpoint=os.path.basename(runner.cfg.load_from),
            )
            result = self._compose(runner, runner.test_loop, fields)
            suffix = '_' + result['split']
            if result['test_time_augmentation']:
                suffix += '_tta'
            result |= self._write_label_maps(runner, f'predictions{suffix}')
            self._write(runner, f'result{suffix}', result)

    def _compose(
        self, runner: Runner, loop: BaseLoop, fields: dict[str, Any]
    ) -> dict[str, Any]:
        """Compose a result.

        Args:
            runner: The runner.
            loop: The validation or test.
            fields: The fields about the training and the scores.
        """
        config_file = runner.cfg.filename or runner.experiment_name
        config_path = relative_config_path(config_file)
        model_info = describe_model(runner.model, runner.cfg.model)
        cost = self._cost
        if cost is not None:
            defaults = dict(
                shape=model_info['input_size'] or (512, 512),
                device=next(runner.model.parameters()).device.type,
            )
            cost = measure_cost(runner.cfg, config_path, defaults | cost)
        return dict(
            schema_version=1,
            name=Path(config_file).stem,
            config=config_path,
            config_hash=hash_config(runner.cfg),
            versions=list_versions(),
            date=datetime.now(timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ'),
            command=format_command(),
            cost=cost,
            **self._commit,
            **model_info,
            **describe_dataset(loop.dataloader.dataset, self._split),
            **fields,
        )

    def _write_label_maps(self, runner: Runner, folder: str) -> dict[str, Any]:
        return self._scores.write_label_maps(Path(runner.work_dir, folder))

    def _write(
        self, runner: Runner, name: str, result: dict[str, Any]
    ) -> None:
        path = Path(runner.work_dir, f'{name}.json')
        write_result(path, result)
        print_log(f'The result is in {path}', logger='current')
