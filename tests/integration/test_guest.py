"""Foreign trainings beside our import, and ours by mmseg's own script."""

import io
import json
import os
import sys
from pathlib import Path

import mmseg
import numpy as np
import pytest
import torch
from PIL import Image
from support.commands import CONFIG, run
from support.faults import Trap

TESTS = Path(__file__).parents[1]
TRAIN = Path(mmseg.__file__).parent / '.mim' / 'tools' / 'train.py'
FOREIGN = """
default_scope = 'mmseg'
{imports}
steps = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomCrop', crop_size=(32, 32)),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(
    batch_size=2,
    num_workers=0,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='BaseSegDataset',
        img_suffix='.jpg',
        metainfo=dict(classes=('a', 'b'), palette=[[0, 0, 0], [9, 9, 9]]),
        data_root={root!r},
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        pipeline=steps,
    ),
)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean=[127.0] * 3,
        std=[50.0] * 3,
        size=(32, 32),
    ),
    backbone=dict(
        type='ResNet',
        depth=18,
        base_channels=4,
        stem_channels=4,
        norm_cfg=dict(type='BN'),
        style='pytorch',
    ),
    decode_head=dict(
        type='FCNHead',
        in_channels=32,
        in_index=3,
        channels=4,
        num_convs=1,
        num_classes=2,
        norm_cfg=dict(type='BN'),
        loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=3, val_interval=99)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))
default_hooks = dict(
    checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=3),
    logger=dict(type='LoggerHook', interval=1),
)
log_processor = dict(by_epoch=False)
randomness = dict(seed=3)
"""


@pytest.fixture
def photos(tmp_path):
    """Images and label maps; the end of one image is zeros."""
    random = np.random.default_rng(0)
    for folder in ('images', 'labels'):
        (tmp_path / 'data' / folder).mkdir(parents=True)
    for index in range(4):
        image = random.integers(0, 256, (48, 64, 3), np.uint8)
        stream = io.BytesIO()
        Image.fromarray(image).save(stream, 'JPEG')
        content = stream.getvalue()
        if index == 2:
            content = content[:1500] + bytes(len(content) - 1500)
        path = tmp_path / 'data' / 'images' / f'{index}.jpg'
        path.write_bytes(content)
        labels = random.integers(0, 2, (48, 64), np.uint8)
        path = tmp_path / 'data' / 'labels' / f'{index}.png'
        Image.fromarray(labels).save(path)
    return tmp_path / 'data'


def test_a_foreign_training_is_the_same_with_and_without_the_plugin(
    tmp_path, photos
):
    # What the stack itself needs to be imported here.
    (tmp_path / 'prepared.py').write_text(
        'from support.import_changes import prepare\n\nprepare()\n'
    )
    weights, losses = [], []
    for name, imports in (
        ('alone', ['prepared']),
        ('beside', ['prepared', 'refinenet_mmseg']),
    ):
        config = tmp_path / f'{name}.py'
        line = f'custom_imports = dict(imports={imports})'
        config.write_text(FOREIGN.format(imports=line, root=str(photos)))
        work_dir = tmp_path / name
        run(
            *(sys.executable, TRAIN, config, '--work-dir', work_dir),
            cwd=tmp_path,
            PYTHONPATH=f'{tmp_path}{os.pathsep}{TESTS}',
        )
        weights.append(
            torch.load(work_dir / 'iter_3.pth', weights_only=False)[
                'state_dict'
            ]
        )
        (log,) = work_dir.glob('*/vis_data/scalars.json')
        lines = map(json.loads, log.read_text().splitlines())
        losses.append([line['loss'] for line in lines])
        # mmengine's runner, which leaves the config under its own name
        assert (work_dir / f'{name}.py').exists()
    assert losses[0] == losses[1]
    assert len(losses[0]) == 3
    assert weights[0].keys() == weights[1].keys()
    for name, weight in weights[0].items():
        assert torch.equal(weight, weights[1][name]), name


def test_mmsegs_own_script_runs_no_code_of_a_checkpoint(tmp_path, tiny):
    sprung = tmp_path / 'sprung'
    torch.save(dict(state_dict={}, meta=Trap(sprung)), tmp_path / 'a.pth')
    command = (sys.executable, TRAIN, CONFIG, *tiny)
    options = (f'load_from={tmp_path / "a.pth"}', 'work_dir=run')
    output = run(*command, *options, cwd=tmp_path, fails=True)
    assert 'could run code. Nothing in it was executed' in output
    assert not sprung.exists()


def test_mmsegs_own_script_names_a_cut_image(tmp_path, photos, tiny):
    labels = photos / 'labels' / '2.png'
    for path in (*photos.glob('*/[013].*'),):
        path.unlink()
    assert labels.exists()
    data = (
        'train_dataloader.dataset.type=FolderDataset',
        'train_dataloader.dataset.img_suffix=.jpg',
        'train_dataloader.dataset.metainfo.classes=(a,b,c,d,e,f,g)',
        'train_dataloader.dataset.data_prefix.img_path=images',
        'train_dataloader.dataset.data_prefix.seg_map_path=labels',
        f'train_dataloader.dataset.data_root={photos}',
    )
    output = run(
        *(sys.executable, TRAIN, CONFIG, *tiny, *data, 'work_dir=run'),
        cwd=tmp_path,
        fails=True,
    )
    assert '2.jpg: the JPEG data end too early' in output
