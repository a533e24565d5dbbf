from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import CheckpointHook
from mmengine.optim import OptimWrapper
from torch import nn

from refinenet_mmseg.engine import Bf16OptimWrapper
from refinenet_mmseg.evaluation.results import training_history


def sgd():
    return torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1)


@pytest.mark.parametrize(
    ('wrapper', 'supported', 'dtype'),
    [
        (OptimWrapper, True, 'fp32'),
        (Bf16OptimWrapper, True, 'bf16'),
        (Bf16OptimWrapper, False, 'fp32'),
    ],
)
def test_the_precision_is_the_one_that_was_used(
    monkeypatch, wrapper, supported, dtype
):
    monkeypatch.setattr(training_history, 'supports_bf16', lambda _: supported)
    wrapper = wrapper(optimizer=sgd())
    assert training_history._name_dtype(wrapper, 'cpu') == dtype


@pytest.mark.parametrize(
    ('cast', 'dtype'),
    [(None, 'fp16'), (torch.float16, 'fp16'), (torch.bfloat16, 'bf16')],
)
def test_the_precision_of_mmengines_wrapper(cast, dtype):
    # without its __init__, which refuses to be without a GPU
    wrapper = object.__new__(training_history.AmpOptimWrapper)
    wrapper.cast_dtype = cast
    assert training_history._name_dtype(wrapper, 'cuda') == dtype


def test_the_clock_counts_over_pauses_and_resumes(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(training_history.time, 'perf_counter', lambda: now[0])
    clock = training_history.TrainingClock()
    clock.stop()
    assert clock.seconds == 0
    clock.start()
    now[0] += 2
    clock.start()
    now[0] += 1
    assert clock.seconds == 3
    clock.stop()
    now[0] += 50
    clock.start()
    now[0] += 4
    assert clock.seconds == 7
    resumed = training_history.TrainingClock()
    resumed.resume(7)
    resumed.start()
    now[0] += 1
    assert resumed.seconds == 8
    unknown = training_history.TrainingClock()
    unknown.resume(None)
    unknown.start()
    unknown.stop()
    assert unknown.seconds is None


@pytest.mark.parametrize(
    ('save_best', 'paths', 'expected'),
    [
        (None, {}, (False, None, None)),
        (None, dict(last_ckpt='a/iter_2.pth'), (False, None, 'iter_2.pth')),
        ('mIoU', {}, (True, None, None)),
        (
            'mIoU',
            dict(best_ckpt='a/best.pth', last_ckpt='a/iter_2.pth'),
            (True, 'best.pth', 'iter_2.pth'),
        ),
        (
            ['mIoU', 'mAcc'],
            dict(best_ckpt_mAcc='a/mAcc.pth', best_ckpt_mIoU='a/mIoU.pth'),
            (True, 'mIoU.pth', None),
        ),
    ],
)
def test_finds_the_checkpoints_of_mmengines_hook(save_best, paths, expected):
    hook = CheckpointHook(save_best=save_best, rule='greater')
    runner = SimpleNamespace(
        hooks=[hook], message_hub=SimpleNamespace(runtime_info=paths)
    )
    assert training_history.find_checkpoints(runner) == expected
