import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mmengine.evaluator import Evaluator
from mmseg.registry import METRICS

from refinenet_mmseg.evaluation import TrimapIoUMetric

CLASSES = 'a', 'b', 'c'
IGNORED = 255
UNKNOWN = 7  # a label of no class, which mmseg does not forbid


def measure(pairs, **arguments):
    metric = METRICS.build(dict(type='TrimapIoUMetric', **arguments))
    metric.dataset_meta = dict(classes=CLASSES)
    metric.process({}, [sample(*pair) for pair in pairs])
    return metric.evaluate(len(pairs))


def sample(prediction, truth):
    return dict(
        pred_sem_seg=dict(data=torch.from_numpy(prediction)[None]),
        gt_sem_seg=dict(data=torch.from_numpy(truth)[None]),
    )


def reference(pairs, width, ignored_boundaries=False):
    """Compute what the docstring says, one pixel at a time."""
    intersection, union = np.zeros(3), np.zeros(3)
    for prediction, truth in pairs:
        height, columns = truth.shape
        pixels = [(y, x) for y in range(height) for x in range(columns)]
        beside = set()
        for y, x in pixels:
            for other in ((y + 1, x), (y, x + 1)):
                if other not in pixels:
                    continue
                labels = {truth[y, x], truth[other]}
                if len(labels) == 2 and (
                    ignored_boundaries or IGNORED not in labels
                ):
                    beside |= {(y, x), other}
        for y, x in pixels:
            squares = [(y - v) ** 2 + (x - u) ** 2 for v, u in beside]
            near = squares and min(squares) <= (width - 1) ** 2
            if not near or truth[y, x] == IGNORED:
                continue
            for label in range(3):
                is_true = truth[y, x] == label
                is_predicted = prediction[y, x] == label
                intersection[label] += is_true and is_predicted
                union[label] += is_true or is_predicted
    present = union > 0
    if not present.any():
        return np.nan
    return 100 * np.mean(intersection[present] / union[present])


@st.composite
def image_pairs(draw):
    def image():
        shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
        # Few labels, in blocks: both boundaries and what is far from them
        values = st.sampled_from([0, 1, 2, UNKNOWN, IGNORED])
        truth = draw(arrays(np.int64, shape, elements=values))
        if draw(st.booleans()):
            truth = np.kron(truth[:3, :3], np.ones((3, 3), np.int64))
        labels = st.integers(0, 2)
        return draw(arrays(np.int64, truth.shape, elements=labels)), truth

    return [image() for _ in range(draw(st.integers(1, 2)))]


@settings(max_examples=60, deadline=None)
@given(image_pairs(), st.integers(1, 6), st.booleans())
def test_computes_the_formula_of_its_docstring(
    pairs, width, ignored_boundaries
):
    (found,) = measure(
        pairs, widths=[width], ignored_boundaries=ignored_boundaries
    ).values()
    expected = reference(pairs, width, ignored_boundaries)
    assert found == pytest.approx(expected, abs=0.006, nan_ok=True)


@settings(max_examples=30, deadline=None)
@given(image_pairs())
def test_widest_band_of_a_small_image_is_all_of_it(pairs):
    """Then it is mmseg's own mIoU, wherever there is a boundary."""
    has_boundary = [
        np.isfinite(TrimapIoUMetric()._compute_distance(truth)).all()
        for _, truth in pairs
    ]
    pairs = [p for p, has in zip(pairs, has_boundary, strict=True) if has]
    if not pairs:
        return
    whole = METRICS.build(dict(type='IoUMetric'))
    whole.dataset_meta = dict(classes=CLASSES)
    whole.process({}, [sample(*pair) for pair in pairs])
    (found,) = measure(pairs, widths=[40]).values()
    assert found == pytest.approx(whole.evaluate(len(pairs))['mIoU'], abs=0.02)


@settings(max_examples=30, deadline=None)
@given(image_pairs())
def test_a_perfect_prediction_gives_100(pairs):
    perfect = [(np.where(t == IGNORED, 0, t), t) for _, t in pairs]
    for score in measure(perfect).values():
        assert score == 100 or np.isnan(score)


def squares():
    """A square of class 1 in class 0, far from the image's border."""
    truth = np.zeros((60, 60), np.int64)
    truth[20:40, 20:40] = 1
    return truth


def test_an_error_far_from_boundaries_is_not_in_the_narrow_bands():
    truth = squares()
    prediction = truth.copy()
    prediction[28:32, 28:32] = 0  # 8 to 11 pixels inside
    scores = measure([(prediction, truth)], widths=[1, 2, 4, 8, 10])
    assert [scores[f'boundary_mIoU_{w}px'] for w in (1, 2, 4, 8)] == [100] * 4
    assert scores['boundary_mIoU_10px'] < 100


def test_an_error_at_boundaries_weighs_most_in_the_narrow_bands():
    truth = squares()
    prediction = truth.copy()
    prediction[19:41, 19:41] = 1  # one pixel too large
    scores = list(measure([(prediction, truth)], widths=[1, 2, 4, 8]).values())
    assert scores == sorted(scores)
    whole = METRICS.build(dict(type='IoUMetric'))
    whole.dataset_meta = dict(classes=CLASSES)
    whole.process({}, [sample(prediction, truth)])
    assert scores[0] < 30
    assert scores[-1] < whole.evaluate(1)['mIoU'] > 90


def test_a_slanted_boundary_has_bands_as_wide_as_a_straight_one():
    y, x = np.mgrid[:80, :80]
    straight, slanted = (
        TrimapIoUMetric()._compute_distance(truth.astype(np.int64))
        for truth in (x >= 40, x + y >= 80)
    )
    assert straight[30, 39 - 7] == 8
    # nine steps along the axes from the nearest boundary pixel: 4 and 5
    assert slanted[30, 40] == pytest.approx(1 + (4**2 + 5**2) ** 0.5)


def test_ignored_regions_have_boundaries_where_asked():
    truth = squares()
    truth[20:40, 20:40] = IGNORED
    prediction = np.zeros_like(truth)
    assert np.isnan(list(measure([(prediction, truth)]).values())).all()
    scores = measure([(prediction, truth)], ignored_boundaries=True)
    assert set(scores.values()) == {100}


def test_stands_beside_mmsegs_metric_in_a_list():
    evaluator = Evaluator(
        [dict(type='mmseg.IoUMetric'), dict(type='mmseg.TrimapIoUMetric')]
    )
    evaluator.dataset_meta = dict(classes=CLASSES)
    evaluator.process([sample(squares(), squares())])
    scores = evaluator.evaluate(1)
    assert scores['mIoU'] == scores['boundary_mIoU_4px'] == 100


def test_counts_padded_images_once():
    right, wrong = (squares(), squares()), (1 - squares(), squares())
    metric = METRICS.build(dict(type='TrimapIoUMetric'))
    metric.dataset_meta = dict(classes=CLASSES)
    metric.process({}, [sample(*right), sample(*wrong)])
    # the sampler of several processes repeats images to fill the last batch
    assert metric.evaluate(1)['boundary_mIoU_1px'] == 100


@pytest.mark.parametrize(
    ('widths', 'message'),
    [([], 'empty'), ([0], 'got 0'), ([1.5], r'got 1\.5'), ([51], 'got 51')],
)
def test_refuses_widths_that_are_none(widths, message):
    with pytest.raises(ValueError, match=message):
        TrimapIoUMetric(widths=widths)
