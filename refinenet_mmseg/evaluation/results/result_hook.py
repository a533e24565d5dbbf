import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import BaseLoop, Runner
from mmseg.registry import HOOKS

from .code import find_commit
from .cost_row import check_cost_options
from .guard import NoResultError, never_stops_the_run
from .measured_data import SPLITS
from .measurement import Measurement
from .result import compose_result
from .result_file import write_result
from .scores import no_scores
from .training_history import KEY, TrainingHistory
from .training_record import UNKNOWN


@HOOKS.register_module()
class ResultHook(Hook):
    """Write what a finished run measured into its work folder.

    A training writes ``result.json``, a test ``result_SPLIT.json`` or, with
    test-time augmentation, ``result_SPLIT_tta.json``; ``results/schema.json``
    describes the fields. A training's result belongs to the best checkpoint
    where ``CheckpointHook`` has ``save_best`` (by the first of its scores),
    else to the last one, and names it. A test's fields about the training
    come from the checkpoint, where this hook has kept them, else are null.

    Training time is that of all training steps, before and after a resume:
    loading data and writing checkpoints at their intervals included,
    validation and the best checkpoint left out.

    Needs mmseg's ``IoUMetric`` in the evaluator; ``TrimapIoUMetric`` beside
    it adds the scores at boundaries. Whatever is missing costs the result,
    with a line in the log, never the run.

    Args:
        split: Which images are measured: ``train``, ``val`` or ``test``. By
            default the last such word in the name of their list or folder.
        cost: Whether to measure the model's cost at the end, as
            ``tools/benchmark.py`` does; a dict has fields of
            :class:`refinenet_mmseg.cost.Setting`, and ``rounds`` (10). The
            images are by default as large as training's. Default: False.
        predictions: Of how many images, evenly spaced, to keep the label maps
            in a folder beside the result. Default: 0.

    Raises:
        ValueError: If an argument is none of these.
    """

    # Before CheckpointHook, which saves what this keeps.
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
        self._measurement = Measurement(predictions)
        self._history = TrainingHistory()
        self._loaded: dict[str, Any] = {}
        self._trains = False
        # At the start: a checkout may move on while a training runs.
        self._code = find_commit()

    @never_stops_the_run
    def after_load_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Take over what a checkpoint tells of its training.

        Args:
            runner: Not used.
            checkpoint: The content of the file.
        """
        self._loaded = checkpoint.get(KEY) or {}

    @never_stops_the_run
    def before_train(self, runner: Runner) -> None:
        """Go on where a resumed training was left.

        Args:
            runner: The runner.
        """
        self._history.begin(runner, self._loaded)
        self._trains = True

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Let the clock run.

        Args:
            runner: Not used.
            batch_idx: Not used.
            data_batch: Not used.
        """
        self._history.clock.start()

    @never_stops_the_run
    def before_val_epoch(self, runner: Runner) -> None:
        """Stop the clock for a validation.

        Args:
            runner: The runner.
        """
        self._history.clock.stop()
        self._measurement.begin(runner.val_loop)

    @never_stops_the_run
    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence[Any] = (),
    ) -> None:
        """Take what the validation does not keep.

        Args:
            runner: The runner.
            batch_idx: The batch's place in the loader.
            data_batch: Not used.
            outputs: The predictions.
        """
        self._measurement.watch(runner.val_loop, batch_idx, outputs)

    @never_stops_the_run
    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, Any] | None = None
    ) -> None:
        """Take the scores of the validation.

        Args:
            runner: The runner.
            metrics: What the evaluator returned.
        """
        self._history.add(
            runner, self._measurement.finish(runner.val_loop, metrics or {})
        )

    @never_stops_the_run
    def before_save_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Put into a checkpoint what a later run needs.

        Args:
            runner: The runner.
            checkpoint: What will be saved.
        """
        best = self._history.notice_best(runner)
        try:
            if best is not None:
                best.update(self._write_pictures(runner, 'predictions'))
        finally:
            self._history.keep(runner, checkpoint)

    @never_stops_the_run
    def after_train(self, runner: Runner) -> None:
        """Write the result of the training.

        Args:
            runner: The runner.
        """
        self._history.clock.stop()
        scores = self._history.final_scores(runner)
        if self._history.ends_with_latest(runner) and 'pictures' not in scores:
            scores |= self._write_pictures(runner, 'predictions')
        if not _are_there(scores.get('pictures', []), runner.work_dir):
            # Resumed in another folder, or pictures were not wanted before
            scores.pop('pictures')
        if is_main_process():
            training = self._history.describe(runner)
            result = self._compose(runner, runner.val_loop, training | scores)
            self._write(runner, 'result', result)

    @never_stops_the_run
    def before_test_epoch(self, runner: Runner) -> None:
        """Choose the pictures of a test.

        Args:
            runner: The runner.
        """
        self._measurement.begin(runner.test_loop)

    @never_stops_the_run
    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence[Any] = (),
    ) -> None:
        """Take what the test does not keep.

        Args:
            runner: The runner.
            batch_idx: The batch's place in the loader.
            data_batch: Not used.
            outputs: The predictions.
        """
        self._measurement.watch(runner.test_loop, batch_idx, outputs)

    @never_stops_the_run
    def after_test_epoch(
        self, runner: Runner, metrics: dict[str, Any] | None = None
    ) -> None:
        """Write the result of the test.

        Args:
            runner: The runner.
            metrics: What the evaluator returned.
        """
        scores = self._measurement.finish(runner.test_loop, metrics or {})
        if scores is None:
            raise no_scores(runner.test_loop.evaluator)
        if self._trains:
            raise NoResultError(
                'it was tested right after its training, in one process: run '
                'tools/test.py on a checkpoint'
            )
        if not runner.cfg.get('load_from'):
            raise NoResultError('no checkpoint was loaded (load_from)')
        if is_main_process():
            scores['checkpoint'] = os.path.basename(runner.cfg.load_from)
            training = self._loaded.get('training', UNKNOWN)
            result = self._compose(runner, runner.test_loop, training | scores)
            kind = '_' + result['split']
            if result['test_time_augmentation']:
                kind += '_tta'
            result |= self._write_pictures(runner, f'predictions{kind}')
            self._write(runner, f'result{kind}', result)

    def _compose(
        self, runner: Runner, loop: BaseLoop, fields: dict[str, Any]
    ) -> dict[str, Any]:
        fields |= self._code
        return compose_result(runner, loop, fields, self._split, self._cost)

    def _write_pictures(self, runner: Runner, folder: str) -> dict[str, Any]:
        return self._measurement.write_pictures(Path(runner.work_dir, folder))

    def _write(self, runner: Runner, stem: str, result: dict) -> None:
        path = Path(runner.work_dir, f'{stem}.json')
        write_result(path, result)
        print_log(f'The result is in {path}', logger='current')


def _are_there(pictures: list[dict[str, str]], work_dir: str) -> bool:
    return all(
        Path(work_dir, picture['prediction']).is_file() for picture in pictures
    )
