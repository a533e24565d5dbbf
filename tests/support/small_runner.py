"""A runner that trains a few weights on numbers, in no time."""

from itertools import count

import torch
from mmengine.dataset import pseudo_collate
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from torch import nn
from torch.utils.data import Dataset

from refinenet_mmseg.engine.safe_runner import SafeRunner

# mmengine finds a runner's message hub by its name.
NUMBERS = count()


class Numbers(Dataset):
    """Numbers with noise."""

    metainfo = {}

    def __init__(self):
        self.loaded = []

    def __len__(self):
        return 7

    def __getitem__(self, index):
        self.loaded.append(index)
        return dict(inputs=index + torch.rand(1))


class Line(BaseModel):
    """A line with dropout; its loss takes a value that a test sets."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4))
        self.loss_at = {}
        self.calls = 0

    def forward(self, inputs, mode='tensor'):
        if mode == 'predict':
            return [self.weight.sum()]
        self.calls += 1
        dropped = nn.functional.dropout(self.weight, 0.5)
        loss = (torch.stack(inputs) * dropped).square().mean()
        return dict(loss=loss * self.loss_at.get(self.calls, 1.0))


class Scores(BaseMetric):
    """Scores that were set beforehand."""

    scores = ()

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        score = self.scores.pop(0)
        if isinstance(score, tuple):
            return dict(zip(('mIoU', 'mAcc'), score, strict=True))
        return dict(mIoU=score)


def make_runner(
    work_dir,
    scores=(),
    resume=False,
    max_iters=8,
    loop='ResumableTrainLoop',
    **checkpoint,
):
    """Make a runner that saves every two and validates every four."""
    metric = Scores()
    metric.scores = list(scores)
    validation = {}
    if scores:
        validation = dict(
            val_dataloader=dict(
                batch_size=1,
                num_workers=0,
                sampler=dict(type='DefaultSampler', shuffle=False),
                dataset=Numbers(),
            ),
            val_cfg=dict(),
            val_evaluator=[metric],
        )
        several = isinstance(scores[0], tuple)
        best = ['mIoU', 'mAcc'] if several else 'mIoU'
        checkpoint = dict(save_best=best, rule='greater', **checkpoint)
    return SafeRunner(
        model=Line(),
        work_dir=str(work_dir),
        experiment_name=f'small-{next(NUMBERS)}',
        default_scope='mmseg',
        train_dataloader=dict(
            batch_size=2,
            num_workers=0,
            sampler=dict(type='InfiniteSampler'),
            dataset=Numbers(),
            collate_fn=pseudo_collate,
        ),
        train_cfg=dict(type=loop, max_iters=max_iters, val_interval=4),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=1e-3, momentum=0.9)),
        default_hooks=dict(
            checkpoint=dict(
                type='SafeCheckpointHook',
                by_epoch=False,
                interval=2,
                **checkpoint,
            ),
        ),
        custom_hooks=[dict(type='StopOnNonFiniteLossHook')],
        resume=resume,
        **validation,
    )


def names(folder):
    """Name the checkpoints in a folder, and what was left half written."""
    return sorted(
        path.name for path in folder.iterdir() if path.suffix == '.pth'
    )
