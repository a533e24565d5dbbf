from types import SimpleNamespace

import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.model import BaseTTAModel
from mmengine.structures import PixelData
from mmseg.registry import HOOKS, METRICS
from mmseg.structures import SegDataSample
from torch import nn


class Averaging(BaseTTAModel):
    def merge_preds(self, data_samples_list):
        return data_samples_list


class Head(nn.Module):
    num_classes, ignore_index = 3, 255


class Segmentor(nn.Module):
    def __init__(self, *heads):
        super().__init__()
        several = len(heads) > 1
        self.decode_head = nn.ModuleList(heads) if several else heads[0]

    def test_step(self, data):
        return data


def sample(*values):
    labels = PixelData(data=torch.tensor([[values]]))
    sample = SegDataSample(gt_sem_seg=labels)
    sample.set_metainfo(dict(img_path='a.jpg', seg_map_path='a.png'))
    return sample


def check(stage, model, *samples, metrics=({},)):
    evaluator = Evaluator(
        [METRICS.build(dict(type='IoUMetric', **m)) for m in metrics]
    )
    runner = SimpleNamespace(
        model=model, val_evaluator=evaluator, test_evaluator=evaluator
    )
    hook = HOOKS.build(dict(type='CheckInvalidLabelHook'))
    batch = dict(inputs=None, data_samples=list(samples))
    getattr(hook, f'before_{stage}_iter')(runner, 0, batch)


@pytest.mark.parametrize(
    'model',
    [
        Segmentor(Head()),
        Segmentor(nn.Identity(), Head()),
        Averaging(Segmentor(Head())),
    ],
)
@pytest.mark.parametrize('stage', ['train', 'val', 'test'])
@pytest.mark.parametrize('wrong', [3, 254, -1, 2**40])
def test_finds_the_head_and_the_file(model, stage, wrong):
    with pytest.raises(ValueError, match=rf'a\.png of a\.jpg .* \[{wrong}\]'):
        check(stage, model, sample(0, 2, 255), sample(1, wrong))


@pytest.mark.parametrize('stage', ['train', 'val', 'test'])
def test_classes_and_the_ignored_value_are_right(stage):
    check(stage, Segmentor(Head()), sample(0, 1, 2, 255), sample(255))


def test_another_ignored_value():
    head = Head()
    head.ignore_index = 200
    check('train', Segmentor(head), sample(0, 200))
    with pytest.raises(ValueError, match=r'\[255\].* nor \[200\] \(ignored\)'):
        check('train', Segmentor(head), sample(0, 255))
    ignored = [dict(ignore_index=9)]
    check('val', Segmentor(Head()), sample(0, 9), metrics=ignored)


@pytest.mark.parametrize('stage', ['train', 'val', 'test'])
def test_samples_without_classes_or_labels_are_not_checked(stage):
    check(stage, nn.Identity(), sample(77))
    check(stage, Segmentor(Head()), SegDataSample())
    check('val', Segmentor(Head()), sample(77), metrics=())
