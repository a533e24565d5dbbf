"""Result files as finished runs leave them; the numbers are made up."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CLASSES = ['sky', 'road', 'car']
# Parameters and multiply-adds in total, milliseconds, mIoU.
NETWORKS = {
    'FCNHead': (12_000_000, 25_000_000_000, 9.0, 52.0),
    'PSPHead': (13_000_000, 30_000_000_000, 12.0, 50.0),
    'RefineNetHead': (30_000_000, 60_000_000_000, 20.0, 55.0),
    'LightWeightRefineNetHead': (11_500_000, 20_000_000_000, 7.0, 51.0),
}
VERSIONS = ('python', 'torch', 'mmengine', 'mmcv', 'mmseg', 'refinenet_mmseg')


def make_result(
    head: str = 'FCNHead', seed: int | None = 0, **changes: Any
) -> dict[str, Any]:
    parameters, multiply_adds, milliseconds, score = NETWORKS.get(
        head, NETWORKS['FCNHead']
    )
    score += 0.5 * (seed or 0)
    result = dict(
        schema_version=1,
        name=f'{head.removesuffix("Head").lower()}_r18_1xb4-10k_a-36x48',
        head=head,
        backbone='ResNet-18',
        config=f'configs/comparison/{head}.py',
        config_hash=hashlib.sha256(head.encode()).hexdigest(),
        seed=seed,
        git_commit='1' * 40,
        git_dirty=False,
        data_set='CamVidDataset',
        split='val',
        num_images=2,
        input_size=[36, 48],
        test_size='original',
        ignore_index=255,
        reduce_zero_label=False,
        classes=CLASSES,
        palette=[[128, 128, 128], [128, 64, 128], [64, 0, 128]],
        metrics=dict(mIoU=score, mAcc=score + 8, aAcc=score + 30),
        per_class_iou=dict(sky=90.0, road=score, car=None),
        boundary={
            '1': score - 25,
            '2': score - 20,
            '4': score - 14,
            '8': score - 9,
        },
        iterations=10_000,
        training_seconds=600.0,
        batch_size=4,
        processes=1,
        device='a processor',
        dtype='bf16',
        versions=dict.fromkeys(VERSIONS, '1.0'),
        initialisation='random',
        test_time_augmentation=False,
        checkpoint='iter_10000.pth',
        date='2026-01-31T12:00:00Z',
        command=f'tools/train.py configs/comparison/{head}.py',
        cost=dict(
            config=f'configs/comparison/{head}.py',
            machine='a processor, 2 threads',
            device='cpu',
            dtype='fp32',
            mode='inference',
            compiled=False,
            channels_last=True,
            batch_size=1,
            shape=[36, 48],
            parameters=_counts(parameters),
            multiply_adds=_counts(multiply_adds),
            saved_for_backward_mb=None,
            latency_ms=dict(
                median=milliseconds,
                p10=milliseconds - 1,
                p90=milliseconds + 1,
            ),
            images_per_second=1000 / milliseconds,
            peak_memory_mb=100.0,
            floor_ms=milliseconds / 2,
            floor_ratio=2.0,
            ratio_to_first=1.0,
        ),
    )
    return copy.deepcopy(result | changes)


def write_result(folder: Path, **fields: Any) -> Path:
    """Write a result file, valid or not."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / 'result.json'
    path.write_text(json.dumps(make_result(**fields)))
    return path


def write_board(folder: Path, seeds: int = 2) -> Path:
    """Write results of all networks, with their predictions."""
    for head in NETWORKS:
        for seed in range(seeds):
            run = folder / head / str(seed)
            write_result(run, head=head, seed=seed)
            write_labels(run / 'predictions', shift=len(head))
    return folder


def write_labels(folder: Path, shift: int = 0) -> Path:
    """Write two label maps of 36 x 48, shifted to the right."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = np.zeros((36, 48), np.uint8)
    labels[18:] = 1
    labels[20:26, 8:20] = 2
    labels[:2] = 11
    for name in ('a', 'b'):
        moved = np.roll(labels, shift, axis=1)
        Image.fromarray(moved).save(folder / f'{name}.png')
    return folder


def write_images(folder: Path) -> Path:
    """Write the images that belong to the label maps."""
    folder.mkdir(parents=True, exist_ok=True)
    ramp = np.linspace(0, 255, 48).astype(np.uint8)
    image = np.broadcast_to(ramp[None, :, None], (36, 48, 3))
    for name in ('a', 'b'):
        Image.fromarray(np.ascontiguousarray(image)).save(
            folder / f'{name}.png'
        )
    return folder


def _counts(total: int) -> dict[str, int]:
    return dict(total=total, backbone=total // 2, decode_head=total // 2)
