from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from PIL import Image

from refinenet_mmseg.evaluation.results.result_file import NoResultError
from refinenet_mmseg.evaluation.results.scores import (
    LabelMapCollector,
    check_metric,
    compute_class_iou,
    find_metric,
    select_scores,
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
    found = compute_class_iou(metric, 2)
    assert found == dict(
        a=pytest.approx(66.67), b=pytest.approx(33.33), c=None
    )
    # and the metric still has all that it needs
    assert scored.evaluate(2)['mIoU'] == pytest.approx(50)


def test_selects_scores_under_any_prefix():
    scored = evaluator(
        ('TrimapIoUMetric', dict(widths=[2, 1], prefix='x')),
        ('IoUMetric', dict(prefix='whole', ignore_index=7)),
    )
    scored.process([sample([0, 1], [0, 0])])
    selected = select_scores(find_metric(scored), scored.evaluate(1))
    assert selected == dict(
        metrics=dict(mIoU=25.0, mAcc=50.0, aAcc=50.0),
        boundary={'1': None, '2': None},
        ignore_index=7,
    )


def test_boundary_scores_are_null_without_their_metric():
    scored = evaluator(('IoUMetric', {}))
    scored.process([sample([0, 1], [0, 1])])
    selected = select_scores(find_metric(scored), scored.evaluate(1))
    assert selected['boundary'] is None


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
    with pytest.raises(
        NoResultError, match=rf'\({metric[0]}\) has no IoUMetric'
    ):
        check_metric(scored)


class Images:
    def __len__(self):
        return 10

    def get_data_info(self, index):
        return dict(img_path=f'folder/{index}.jpg')


def predict(index):
    return SimpleNamespace(
        img_path=f'folder/{index}.jpg',
        pred_sem_seg=SimpleNamespace(data=torch.full((1, 2, 3), index)),
    )


@pytest.mark.parametrize(
    ('count', 'chosen'),
    [(0, []), (1, [0]), (3, [0, 4, 9]), (20, list(range(10)))],
)
def test_keeps_the_label_maps_of_evenly_spaced_images(tmp_path, count, chosen):
    label_maps = LabelMapCollector(count)
    label_maps.choose(Images())
    for index in range(10):
        label_maps.add([predict(index)])
    label_maps.gather()
    folder = tmp_path / 'predictions'
    assert label_maps.write(folder) == [
        dict(name=f'{index}', prediction=f'predictions/{index}.png')
        for index in chosen
    ]
    for index in chosen:
        labels = np.array(Image.open(folder / f'{index}.png'))
        assert labels.dtype == np.uint8
        assert (labels == index).all()
        assert labels.shape == (2, 3)
    assert not list(folder.glob('.*'))


def test_forgets_the_label_maps_of_the_validation_before(tmp_path):
    label_maps = LabelMapCollector(2)
    label_maps.choose(Images())
    label_maps.add([predict(0)])
    label_maps.choose(Images())
    assert label_maps.write(tmp_path) == []
