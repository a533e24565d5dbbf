import pytest
import torch
from mmengine.evaluator import Evaluator

from refinenet_mmseg.evaluation.results.scores import (
    collect_class_iou,
    find_metric,
    no_scores,
    pick_scores,
)


def evaluator(*metrics):
    made = Evaluator([dict(type=f'mmseg.{m}', **a) for m, a in metrics])
    made.dataset_meta = dict(classes=('a', 'b', 'c'))
    return made


def sample(prediction, truth):
    return dict(
        pred_sem_seg=dict(data=torch.tensor([[prediction]])),
        gt_sem_seg=dict(data=torch.tensor([[truth]])),
    )


def test_class_iou_is_of_all_images_together_and_of_padding_not():
    scored = evaluator(('IoUMetric', {}))
    scored.process(
        [
            sample([0, 0, 1, 1], [0, 1, 1, 255]),
            sample([0, 0, 0, 1], [0, 0, 0, 0]),
            sample([1, 1, 1, 1], [0, 0, 0, 0]),  # repeated to fill a batch
        ]
    )
    metric = find_metric(scored)
    found = collect_class_iou(metric, 2)
    assert found == dict(
        a=pytest.approx(66.67), b=pytest.approx(33.33), c=None
    )
    # and the metric still has all that it needs
    assert scored.evaluate(2)['mIoU'] == pytest.approx(50)


def test_picks_scores_under_any_prefix():
    scored = evaluator(
        ('TrimapIoUMetric', dict(widths=[2, 1], prefix='x')),
        ('IoUMetric', dict(prefix='whole', ignore_index=7)),
    )
    scored.process([sample([0, 1], [0, 0])])
    picked = pick_scores(find_metric(scored), scored.evaluate(1))
    assert picked == dict(
        metrics=dict(mIoU=25.0, mAcc=50.0, aAcc=50.0),
        boundary={'1': None, '2': None},
        ignore_index=7,
    )


def test_boundary_scores_are_null_without_their_metric():
    scored = evaluator(('IoUMetric', {}))
    scored.process([sample([0, 1], [0, 1])])
    assert pick_scores(find_metric(scored), scored.evaluate(1))[
        'boundary'
    ] is (None)


@pytest.mark.parametrize(
    'metric',
    [
        ('TrimapIoUMetric', {}),
        ('IoUMetric', dict(iou_metrics=['mDice'])),
        ('IoUMetric', dict(format_only=True)),
    ],
)
def test_names_the_metrics_that_give_no_miou(metric):
    scored = evaluator(metric)
    assert find_metric(scored) is None
    assert f'({metric[0]}) has no IoUMetric' in str(no_scores(scored))
