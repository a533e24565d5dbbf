"""A program whose outputs differ from its network's fails."""

import copy

import numpy as np
import pytest
import torch

from refinenet_mmseg.deployment import verify
from refinenet_mmseg.deployment.verification import Comparison, compare


def test_the_same_network_agrees(
    dynamic_program, static_program, model, image_file
):
    (logits,) = verify(dynamic_program, model, [image_file])
    assert logits.passes
    assert 0 < logits.max_difference < 1e-4
    assert str(logits).startswith(
        'image.png: labels equal on 100.000%, logits'
    )
    (labels,) = verify(static_program, model, [image_file])
    assert labels.passes
    assert labels.max_difference is None


def test_other_weights_do_not(dynamic_program, static_program, model):
    other = copy.deepcopy(model)
    torch.nn.init.normal_(other.decode_head.conv_seg.weight)
    image = np.random.RandomState(0).randint(0, 256, (40, 56, 3), np.uint8)
    for program in (dynamic_program, static_program):
        comparison = compare(program, other, image, 'noise')
        assert not comparison.passes
        assert comparison.equal_labels < 0.999


@pytest.mark.parametrize(
    ('max_difference', 'max_logit', 'equal_labels', 'passes'),
    [
        (9e-5, 0.5, 1.0, True),
        (2e-4, 0.5, 1.0, False),
        (2e-4, 5.0, 1.0, True),
        (0.0, 1.0, 0.998, False),
        (None, 1.0, 0.9995, True),
    ],
)
def test_tolerances(max_difference, max_logit, equal_labels, passes):
    comparison = Comparison('a', max_difference, max_logit, equal_labels)
    assert comparison.passes is passes
