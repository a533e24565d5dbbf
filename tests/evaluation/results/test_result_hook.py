import logging
import re
import time

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import IterBasedTrainLoop
from mmseg.registry import MODELS
from PIL import Image
from support.runs import tiny_config, tiny_runner, write_images

from refinenet_mmseg.engine import launch
from refinenet_mmseg.evaluation import ResultHook
from refinenet_mmseg.evaluation.results import read_result
from refinenet_mmseg.evaluation.results.provenance import hash_config
from refinenet_mmseg.evaluation.results.result_file import NoResultError
from refinenet_mmseg.evaluation.results.result_hook import log_errors

KEY = 'refinenet_mmseg_result'
SHORT = {'train_cfg.max_iters': 1, 'default_hooks.checkpoint.save_best': None}


@pytest.fixture(autouse=True)
def quick_logs(monkeypatch):
    """Leave out formatting the config, which takes most of a short run."""
    text = property(lambda config: 'not_laid_out = True')
    monkeypatch.setattr(Config, 'pretty_text', text)
    monkeypatch.setattr('mmengine.runner.runner.collect_env', dict)


@pytest.fixture
def data(tmp_path):
    write_images(tmp_path / 'data')
    return tmp_path / 'data'


@pytest.fixture
def warnings(monkeypatch):
    logged = []

    def note(text, logger=None, level=logging.INFO):
        if level >= logging.WARNING:
            logged.append(text)

    monkeypatch.setattr(
        'refinenet_mmseg.evaluation.results.result_hook.print_log', note
    )
    return logged


def test_a_training_writes_the_result_of_its_best_checkpoint(tmp_path, data):
    work = tmp_path / 'work'
    runner = tiny_runner(data, work, dict(predictions=2))
    scores = []
    add = runner.message_hub.update_scalar

    def note(key, value, *args):
        if key == 'val/mIoU':
            scores.append(value)
        add(key, value, *args)

    runner.message_hub.update_scalar = note
    runner.train()
    result = read_result(work / 'result.json')
    assert (work / result['checkpoint']).is_file()
    assert result['checkpoint'].startswith('best_mIoU_iter_')
    assert len(scores) == 2
    assert result['metrics']['mIoU'] == max(scores)
    present = [v for v in result['per_class_iou'].values() if v is not None]
    assert np.mean(present) == pytest.approx(max(scores), abs=0.01)
    assert list(result['boundary']) == ['1', '2', '4', '8']
    expected = dict(
        head='LightWeightRefineNetHead',
        backbone='ResNet-18',
        seed=5,
        data_set='CamVidDataset',
        split='val',
        num_images=3,
        input_size=[24, 32],
        iterations=2,
        batch_size=2,
        processes=1,
        dtype='fp32',
        initialisation='random',
        test_time_augmentation=False,
        cost=None,
    )
    assert {key: result[key] for key in expected} == expected
    assert result['training_seconds'] > 0
    assert [p['name'] for p in result['pictures']] == ['image_0', 'image_2']
    for picture in result['pictures']:
        labels = np.array(Image.open(work / picture['prediction']))
        assert labels.shape == (24, 32)
        assert labels.max() < 11


def test_without_save_best_it_is_that_of_the_last_checkpoint(tmp_path, data):
    tiny_runner(data, tmp_path, **SHORT).train()
    result = read_result(tmp_path / 'result.json')
    assert result['checkpoint'] == 'iter_1.pth'
    assert 'pictures' not in result


def score(monkeypatch, *scores):
    """Make the validations return these scores, one after another."""
    rest = iter(scores)
    monkeypatch.setattr(
        'mmseg.evaluation.IoUMetric.compute_metrics',
        lambda *_: dict(mIoU=next(rest), mAcc=1.0, aAcc=1.0),
    )


def test_the_best_stays_the_best_while_others_are_saved(
    tmp_path, data, monkeypatch
):
    score(monkeypatch, 30.0, 20.0, 10.0)
    longer = {'train_cfg.max_iters': 3}
    tiny_runner(data, tmp_path, dict(predictions=1), **longer).train()
    result = read_result(tmp_path / 'result.json')
    assert result['checkpoint'] == 'best_mIoU_iter_1.pth'
    assert result['metrics']['mIoU'] == 30
    # The pictures are its own: nothing was drawn after the steps since.
    picture = tmp_path / result['pictures'][0]['prediction']
    later = tmp_path / 'iter_2.pth'
    assert picture.stat().st_mtime_ns < later.stat().st_mtime_ns


def test_time_adds_up_over_resumes_and_the_best_is_remembered(
    tmp_path, data, monkeypatch
):
    """Stopped after two of three steps; the best was the first."""
    # The second is validated again: its checkpoint was written before.
    score(monkeypatch, 30.0, 20.0, 20.0, 10.0)
    run = IterBasedTrainLoop.run_iter

    class Killed(BaseException):
        pass

    def run_twice(self, batch):
        if self._iter == 2:
            raise Killed
        run(self, batch)

    monkeypatch.setattr(IterBasedTrainLoop, 'run_iter', run_twice)
    longer = {'train_cfg.max_iters': 3}
    with pytest.raises(Killed):
        tiny_runner(data, tmp_path, dict(predictions=1), **longer).train()
    assert not list(tmp_path.glob('*.json'))

    def run_slowly(self, batch):
        run(self, batch)
        time.sleep(0.2)  # a step may take less than what times are rounded to

    monkeypatch.setattr(IterBasedTrainLoop, 'run_iter', run_slowly)

    # as if the steps before had taken long, elsewhere
    kept = torch.load(tmp_path / 'iter_2.pth', weights_only=False)
    kept[KEY]['training'].update(training_seconds=500, initialisation='w.pth')
    torch.save(kept, tmp_path / 'iter_2.pth')
    changes = dict(longer, resume=True)
    tiny_runner(data, tmp_path, dict(predictions=1), **changes).train()
    result = read_result(tmp_path / 'result.json')
    assert 500 < result['training_seconds'] < 600
    assert result['initialisation'] == 'w.pth'
    assert result['checkpoint'] == 'best_mIoU_iter_1.pth'
    assert result['metrics']['mIoU'] == 30
    assert (tmp_path / result['pictures'][0]['prediction']).is_file()


def test_label_maps_of_another_checkpoint_are_left_out(
    tmp_path, data, monkeypatch
):
    score(monkeypatch, 30.0, 20.0, 20.0, 20.0)
    tiny_runner(data, tmp_path, **{'train_cfg.max_iters': 1}).train()
    longer = {'train_cfg.max_iters': 2, 'resume': True}
    tiny_runner(data, tmp_path, dict(predictions=1), **longer).train()
    result = read_result(tmp_path / 'result.json')
    assert result['checkpoint'] == 'best_mIoU_iter_1.pth'
    assert 'pictures' not in result


def test_label_maps_in_another_folder_are_left_out(tmp_path, data):
    first, second = tmp_path / 'a', tmp_path / 'b'
    once = {'train_cfg.max_iters': 1}
    tiny_runner(data, first, dict(predictions=1), **once).train()
    assert 'pictures' in read_result(first / 'result.json')
    resumed = {'resume': True, 'load_from': str(first / 'iter_1.pth')}
    tiny_runner(data, second, dict(predictions=1), **once, **resumed).train()
    assert 'pictures' not in read_result(second / 'result.json')


def test_the_scores_stay_if_label_maps_cannot_be_written(
    tmp_path, data, warnings
):
    (tmp_path / 'predictions').write_text('in the way')
    once = {'train_cfg.max_iters': 1}
    tiny_runner(data, tmp_path, dict(predictions=1), **once).train()
    (text,) = warnings
    assert 'FileExistsError' in text
    result = read_result(tmp_path / 'result.json')
    assert 'pictures' not in result
    (best,) = tmp_path.glob('best_*')
    stored = torch.load(best, weights_only=False)[KEY]
    assert set(stored) == {'training', 'best'}
    assert stored['training']['iterations'] == 1
    assert stored['best']['metrics'] == result['metrics']


def test_a_test_of_weights_just_trained_has_no_result(
    tmp_path, data, warnings
):
    runner = tiny_runner(data, tmp_path, **SHORT)
    runner.train()
    runner.test()
    assert not list(tmp_path.glob('result_*.json'))
    (line,) = warnings
    assert 'tested right after its training' in line


def test_a_test_takes_the_training_from_its_checkpoint(tmp_path, data):
    work = tmp_path / 'work'
    tiny_runner(data, work, **SHORT).train()
    config = tiny_config(data, work, dict(predictions=1), **SHORT)
    out = tmp_path / 'labels'
    checkpoint = str(work / 'iter_1.pth')
    config.randomness.seed = 9
    launch.run_testing(config, checkpoint, out=str(out), tta=True)
    trained = read_result(work / 'result.json')
    tested = read_result(work / 'result_val_tta.json')
    for key in ('seed', 'iterations', 'batch_size', 'dtype', 'initialisation'):
        assert tested[key] == trained[key]
    assert tested['test_time_augmentation'] is True
    assert tested['checkpoint'] == 'iter_1.pth'
    assert (work / 'predictions_val_tta' / 'image_0.png').is_file()
    assert len(list(out.glob('*.png'))) == 3


def test_a_training_that_is_not_known_is_null(tmp_path, data):
    config = tiny_config(data, tmp_path, dict(split='test'))
    checkpoint = tmp_path / 'foreign.pth'
    model = MODELS.build(config.model)
    torch.save(dict(state_dict=model.state_dict()), checkpoint)
    config_hash = hash_config(config)
    launch.run_testing(config, str(checkpoint))
    result = read_result(tmp_path / 'result_test.json')
    assert result['iterations'] is None
    assert result['seed'] is None
    assert result['split'] == 'test'
    # as a training has it
    assert result['config_hash'] == config_hash


def no_validation(config):
    for key in ('val_dataloader', 'val_evaluator', 'val_cfg'):
        config[key] = None


def no_miou(config):
    config.val_evaluator = [dict(type='IoUMetric', iou_metrics=['mDice'])]


def no_checkpoint(config):
    config.default_hooks.checkpoint.update(interval=10, save_last=False)


def an_earlier_checkpoint(config):
    config.train_cfg.max_iters = 3
    config.default_hooks.checkpoint.update(interval=2, save_last=False)


def no_split(config):
    config.val_dataloader.dataset.data_prefix.img_path = 'images'


@pytest.mark.parametrize(
    ('change', 'line'),
    [
        (no_validation, r'no validation \(val_dataloader'),
        (no_miou, r'\(IoUMetric\) has no IoUMetric that computes mIoU'),
        (no_checkpoint, 'no checkpoint was saved after 1 steps'),
        (
            an_earlier_checkpoint,
            r'after 3 steps, .*run tools/test.py .*iter_2',
        ),
        (no_split, "'images' tells the split: name it, .*split="),
    ],
)
def test_logs_in_one_line_what_is_missing(
    tmp_path, data, warnings, change, line
):
    (data / 'images').symlink_to(data / 'val')
    config = tiny_config(data, tmp_path / 'work', **SHORT)
    change(config)
    launch._build_runner(config).train()
    assert not (tmp_path / 'work' / 'result.json').exists()
    (logged,) = warnings
    assert re.fullmatch(f'This run leaves no result file: .*{line}.*', logged)


def test_a_run_continues_if_its_result_cannot_be_written(
    tmp_path, data, warnings
):
    (tmp_path / 'result.json').mkdir()
    tiny_runner(data, tmp_path, **SHORT).train()
    (text,) = warnings
    assert 'ResultHook.after_train failed. The run continues' in text
    assert 'Traceback' in text
    assert 'result.json' in text
    assert 'IsADirectoryError' in text
    assert (tmp_path / 'iter_1.pth').is_file()
    assert not list(tmp_path.glob('.*'))


def test_an_expected_error_is_logged_in_one_line(warnings):
    @log_errors
    def after_train():
        raise NoResultError('no checkpoint')

    after_train()
    assert warnings == ['This run leaves no result file: no checkpoint']


def test_an_unexpected_error_is_logged_with_its_traceback(warnings):
    @log_errors
    def after_train():
        return {}['mIoU']

    after_train()
    (text,) = warnings
    assert 'after_train failed. The run continues' in text
    assert "return {}['mIoU']" in text  # the line that failed
    assert text.rstrip().endswith("KeyError: 'mIoU'")


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(split='minival'), "split='minival'.*'train', 'val', 'test'"),
        (dict(predictions=-1), 'predictions=-1'),
        (dict(cost=dict(size=2)), "no option 'size'"),
    ],
)
def test_refuses_arguments_before_the_run(arguments, message):
    with pytest.raises(ValueError, match=message):
        ResultHook(**arguments)


def test_measures_the_cost_at_the_size_of_training(
    tmp_path, data, monkeypatch
):
    asked = []
    monkeypatch.setattr(
        'refinenet_mmseg.evaluation.results.result_hook.measure_cost',
        lambda _, *rest: asked.append(rest),
    )
    tiny_runner(data, tmp_path, dict(cost=dict(rounds=2)), **SHORT).train()
    ((name, options),) = asked
    assert name == read_result(tmp_path / 'result.json')['config']
    assert options == dict(shape=[24, 32], device='cpu', rounds=2)
