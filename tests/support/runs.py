"""Trainings and tests of small networks, in this process."""

import uuid
from itertools import count

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from mmengine.runner import Runner
from mmengine.structures import PixelData
from mmseg.registry import DATASETS
from mmseg.structures import SegDataSample
from PIL import Image
from torch import nn
from torch.utils.data import Dataset

from refinenet_mmseg import config_path
from refinenet_mmseg.engine import launch
from refinenet_mmseg.engine.safe_runner import SafeRunner
from support.networks import make_refinenet_config

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
    """List the checkpoints in a folder, partial ones included."""
    return sorted(
        path.name for path in folder.iterdir() if path.suffix == '.pth'
    )


@DATASETS.register_module(force=True)
class TwoImages(Dataset):
    """Two images of noise, in memory."""

    metainfo = dict(classes=('a', 'b', 'c'))

    def __len__(self):
        return 2

    def __getitem__(self, index):
        generator = torch.Generator().manual_seed(index)
        labels = torch.randint(0, 3, (1, 64, 64), generator=generator)
        sample = SegDataSample(gt_sem_seg=PixelData(data=labels))
        shape = dict(img_shape=(64, 64), ori_shape=(64, 64))
        sample.set_metainfo(dict(img_path=f'{index}.png', **shape))
        image = torch.randint(0, 256, (3, 64, 64), generator=generator)
        return dict(inputs=image.byte(), data_samples=sample)


def run_config(folder, iterations=1, batch_size=2, head={}, **changes):
    """Return the config of a training and a test of the narrow network."""
    config = make_refinenet_config(**head)
    config.model.data_preprocessor.size = (64, 64)
    loader = dict(
        num_workers=0,
        dataset=dict(type='TwoImages'),
        collate_fn=dict(type='pseudo_collate'),
    )
    config.merge_from_dict(
        dict(
            launcher='none',
            work_dir=str(folder / 'work'),
            train_dataloader=dict(
                batch_size=batch_size,
                sampler=dict(type='InfiniteSampler'),
                **loader,
            ),
            test_dataloader=dict(
                batch_size=1, sampler=dict(type='DefaultSampler'), **loader
            ),
            train_cfg=dict(
                type='IterBasedTrainLoop',
                max_iters=iterations,
                val_interval=1000,
            ),
            test_cfg=dict(),
            test_evaluator=dict(type='IoUMetric'),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.0)),
            default_hooks=dict(
                checkpoint=dict(
                    type='CheckpointHook', by_epoch=False, interval=1
                )
            ),
            custom_hooks=[dict(type='CheckInvalidLabelHook')],
            log_level='ERROR',
            **changes,
        )
    )
    return config


def run_test(checkpoint):
    """Evaluate a checkpoint."""
    launch.run_testing(run_config(checkpoint.parent), str(checkpoint))


def start_from(folder, resume=False, **changes):
    """Train for an iteration, and return the model."""
    runner = launch._build_runner(run_config(folder, resume=resume, **changes))
    runner.train()
    return runner.model


def resume(folder, weights=None, change=None):
    """Train for an iteration, resume for a second one, return the runner.

    Args:
        folder: Folder of the training.
        weights: File of weights to put into the checkpoint in between.
        change: Changes the checkpoint in between.
    """
    launch.run_training(run_config(folder), False)
    path = folder / 'work' / 'iter_1.pth'
    checkpoint = torch.load(path, weights_only=False)
    if weights is not None:
        checkpoint['state_dict'] = torch.load(weights)['state_dict']
    if change is not None:
        change(checkpoint)
    torch.save(checkpoint, path)
    config = run_config(folder, 2, load_from=str(path), resume=True)
    runner = launch._build_runner(config)
    runner.train()
    return runner


CONFIG = 'light_weight_refinenet_r18-scratch_1xb4-10k_camvid-360x480.py'


def write_images(root, count=3, height=24, width=32):
    generator = np.random.default_rng(0)
    for split in ('train', 'val'):
        for folder, shape, high in (
            (split, (height, width, 3), 256),
            (f'{split}annot', (height // 8, width // 8), 12),
        ):
            (root / folder).mkdir(parents=True)
            for index in range(count):
                values = generator.integers(0, high, shape, np.uint8)
                if len(shape) == 2:
                    values = np.kron(values, np.ones((8, 8), np.uint8))
                path = root / folder / f'image_{index}.png'
                Image.fromarray(values).save(path)


def tiny_config(root, work_dir, hook=(), **changes):
    config = Config.fromfile(config_path(f'refinenet/{CONFIG}'))
    config.merge_from_dict(
        {
            'model.backbone.stem_channels': 8,
            'model.backbone.base_channels': 4,
            'model.decode_head.in_channels': [4, 8, 16, 32],
            'model.decode_head.channels': 8,
            'model.data_preprocessor.size': (24, 32),
            'optim_wrapper.type': 'OptimWrapper',
            'train_cfg.max_iters': 2,
            'train_cfg.val_interval': 1,
            'default_hooks.checkpoint.interval': 1,
            'custom_hooks': [dict(type='ResultHook', **dict(hook))],
            'randomness.seed': 5,
            'work_dir': str(work_dir),
            'experiment_name': uuid.uuid4().hex,
            'visualizer.name': uuid.uuid4().hex,
        }
    )
    for loader in ('train', 'val', 'test'):
        loader = config[f'{loader}_dataloader']
        loader.merge(dict(num_workers=0, persistent_workers=False))
        loader.dataset.data_root = str(root)
    config.train_dataloader.batch_size = 2
    pipeline = config.train_dataloader.dataset.pipeline
    pipeline[2].scale = (32, 24)
    pipeline[3].crop_size = (24, 32)
    config.merge_from_dict(changes)
    return config


def tiny_runner(*arguments, **changes):
    return Runner.from_cfg(tiny_config(*arguments, **changes))
