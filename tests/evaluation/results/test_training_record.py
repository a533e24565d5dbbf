import pytest
import torch
from mmengine.optim import OptimWrapper
from torch import nn

from refinenet_mmseg.engine import Bf16OptimWrapper
from refinenet_mmseg.evaluation.results import training_clock, training_record


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
def test_names_the_precision_that_was_really_used(
    monkeypatch, wrapper, supported, dtype
):
    monkeypatch.setattr(training_record, 'supports_bf16', lambda _: supported)
    wrapper = wrapper(optimizer=sgd())
    assert training_record._name_dtype(wrapper, 'cpu') == dtype


@pytest.mark.parametrize(
    ('cast', 'dtype'),
    [(None, 'fp16'), (torch.float16, 'fp16'), (torch.bfloat16, 'bf16')],
)
def test_names_the_precision_of_mmengines_wrapper(cast, dtype):
    # without its __init__, which refuses to be without a GPU
    wrapper = object.__new__(training_record.AmpOptimWrapper)
    wrapper.cast_dtype = cast
    assert training_record._name_dtype(wrapper, 'cuda') == dtype


def test_the_clock_counts_over_pauses_and_resumes(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(training_clock.time, 'perf_counter', lambda: now[0])
    clock = training_clock.TrainingClock()
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
    resumed = training_clock.TrainingClock()
    resumed.resume_from(7)
    resumed.start()
    now[0] += 1
    assert resumed.seconds == 8
    unknown = training_clock.TrainingClock()
    unknown.resume_from(None)
    unknown.start()
    unknown.stop()
    assert unknown.seconds is None
