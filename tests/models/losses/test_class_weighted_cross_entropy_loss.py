import pytest
import torch
from mmseg.models.losses import CrossEntropyLoss
from torch.nn import functional

from refinenet_mmseg.models import ClassWeightedCrossEntropyLoss

WEIGHTS = [0.2, 1.0, 3.0]


def make_batch(ignored):
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(2, 3, 5, 7, generator=generator)
    labels = torch.randint(0, 3, (2, 5, 7), generator=generator)
    labels[ignored] = 255
    return scores.requires_grad_(), labels


@pytest.mark.parametrize('avg_non_ignore', [False, True])
def test_weighted_mean_is_that_of_torch(avg_non_ignore):
    scores, labels = make_batch(slice(1, None))
    loss = ClassWeightedCrossEntropyLoss(
        class_weight=WEIGHTS, avg_non_ignore=avg_non_ignore
    )(scores, labels, ignore_index=255)
    expected = functional.cross_entropy(
        scores, labels, torch.tensor(WEIGHTS), ignore_index=255
    )
    torch.testing.assert_close(loss, expected)
    (gradient,) = torch.autograd.grad(loss, scores)
    assert gradient[0].abs().sum() > 0
    assert not gradient[1].any()


@pytest.mark.parametrize('avg_non_ignore', [False, True])
def test_all_pixels_ignored_is_no_loss(avg_non_ignore):
    scores, labels = make_batch(slice(None))
    loss = ClassWeightedCrossEntropyLoss(
        class_weight=WEIGHTS, avg_non_ignore=avg_non_ignore
    )(scores, labels, ignore_index=255)
    assert loss.item() == 0
    loss.backward()


def test_other_reductions_stay_what_they_are():
    scores, labels = make_batch(slice(1, None))
    loss = ClassWeightedCrossEntropyLoss(
        class_weight=WEIGHTS, reduction='none'
    )(scores, labels, ignore_index=255)
    assert loss.shape == labels.shape


def test_mmsegs_own_fails_beside_ignored_pixels():
    scores, labels = make_batch(slice(1, None))
    loss = CrossEntropyLoss(class_weight=WEIGHTS, avg_non_ignore=True)
    with pytest.raises(IndexError):
        loss(scores, labels, ignore_index=255)


def test_without_class_weights_it_is_mmsegs_own():
    scores, labels = make_batch(slice(1, None))
    own = CrossEntropyLoss()(scores, labels, ignore_index=255)
    ours = ClassWeightedCrossEntropyLoss()(scores, labels, ignore_index=255)
    torch.testing.assert_close(ours, own)
