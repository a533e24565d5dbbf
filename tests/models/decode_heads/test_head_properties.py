"""Properties of heads with any levels, strides, channels and wirings."""

import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from support.heads import head_cases


def check(case):
    torch.manual_seed(0)
    head, inputs = case.build(), case.features()
    before = [x.clone() for x in inputs]
    check_training(head, inputs, case.sizes[0])
    logits = check_evaluation(head, inputs)
    check_copies(case, head, inputs, logits)
    assert all(map(torch.equal, inputs, before))


def check_training(head, inputs, size):
    head.train()
    results = []
    for _ in range(2):
        # Batch norm's moments, which a step moves, are not read in training.
        torch.manual_seed(1)
        results.append(head(inputs))
    assert torch.equal(*results)
    assert results[0].shape == (2, 3, *size)
    results[0].square().sum().backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


def check_evaluation(head, inputs):
    head.eval()
    with torch.no_grad():
        logits = head(inputs)
        alone = [head([x[i : i + 1] for x in inputs]) for i in range(2)]
    assert logits.isfinite().all()
    torch.testing.assert_close(torch.cat(alone), logits, rtol=1e-3, atol=1e-4)
    return logits


def check_copies(case, head, inputs, logits):
    other = case.build()
    other.load_state_dict(head.state_dict())
    copies = copy.deepcopy(head), pickle.loads(pickle.dumps(head)), other
    for each in copies:
        with torch.no_grad():
            assert torch.equal(each.eval()(inputs), logits)
    with torch.no_grad():
        for parameter in copies[0].parameters():
            parameter.zero_()
        assert torch.equal(head(inputs), logits)  # nothing is shared


@given(head_cases())
@settings(max_examples=12, deadline=None)
def test_properties_of_heads(case):
    check(case)


@pytest.mark.reliability
@given(head_cases())
@settings(max_examples=500, deadline=None)
def test_properties_of_many_heads(case):
    check(case)
