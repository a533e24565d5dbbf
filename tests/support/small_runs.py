"""Trainings and tests of the narrow network, in this process."""

import torch
from mmengine.structures import PixelData
from mmseg.registry import DATASETS
from mmseg.structures import SegDataSample
from torch.utils.data import Dataset

from refinenet_mmseg.engine import launch
from support.small_networks import make_config


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
    """Give the config of a training and a test of the narrow network."""
    config = make_config(**head)
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
    """Train an iteration, and give the model."""
    runner = launch._build_runner(run_config(folder, resume=resume, **changes))
    runner.train()
    return runner.model


def resume(folder, weights=None, change=None):
    """Train an iteration, go on with a second one, and give the runner.

    Args:
        folder: Where to.
        weights: File of weights to put into the checkpoint in between.
        change: What to do with the checkpoint in between.
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
