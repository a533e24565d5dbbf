"""A result as a finished run leaves it; the numbers are made up."""

import copy
from typing import Any

_COUNTS = dict(total=3, backbone=2, decode_head=1)
_RESULT = dict(
    schema_version=1,
    name='light_weight_refinenet_r18_1xb2-1k_a-8x6',
    head='LightWeightRefineNetHead',
    backbone='ResNet-18',
    config='configs/refinenet/a.py',
    config_hash='0' * 64,
    seed=0,
    git_commit='1' * 40,
    git_dirty=False,
    data_set='CamVidDataset',
    split='val',
    num_images=2,
    input_size=[8, 6],
    test_size='original',
    ignore_index=255,
    reduce_zero_label=False,
    classes=['sky', 'road'],
    palette=[[0, 0, 0], [255, 0, 0]],
    metrics=dict(mIoU=50.0, mAcc=60.0, aAcc=70.0),
    per_class_iou=dict(sky=50.0, road=None),
    boundary={'1': 20.0, '8': None},
    iterations=1000,
    training_seconds=12.5,
    batch_size=2,
    processes=1,
    device='a processor',
    dtype='bf16',
    versions=dict(
        python='3.11.7',
        torch='2.13.0',
        mmengine='0.10.7',
        mmcv='2.1.0',
        mmseg='1.2.2',
        refinenet_mmseg='0.1.0',
    ),
    initialisation='random',
    test_time_augmentation=False,
    checkpoint='iter_1000.pth',
    date='2026-01-31T12:00:00Z',
    command='tools/train.py configs/refinenet/a.py',
    cost=dict(
        config='configs/refinenet/a.py',
        machine='a processor, 2 threads',
        device='cpu',
        dtype='fp32',
        mode='inference',
        compiled=False,
        channels_last=True,
        batch_size=1,
        shape=[8, 6],
        parameters=_COUNTS,
        multiply_adds=_COUNTS,
        saved_for_backward_mb=None,
        latency_ms=dict(median=2.0, p10=1.0, p90=3.0),
        images_per_second=500.0,
        peak_memory_mb=10.0,
        floor_ms=1.0,
        floor_ratio=2.0,
        ratio_to_first=1.0,
    ),
    pictures=[dict(name='a', prediction='predictions/a.png')],
)


def finished_run(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(_RESULT | changes)
