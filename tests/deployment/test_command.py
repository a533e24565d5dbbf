"""The command: from files to a file, and its errors before any work."""

import argparse

import numpy as np
import onnx
import pytest
import torch
from PIL import Image
from support.exported_networks import build, make_config

from refinenet_mmseg.deployment import (
    add_export_arguments,
    load_program,
    run_export,
)


def run(*arguments):
    parser = argparse.ArgumentParser()
    add_export_arguments(parser)
    run_export(parser.parse_args([str(a) for a in arguments]))


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """Config, stripped checkpoint and a data set of noise."""
    folder = tmp_path_factory.mktemp('files')
    torch.manual_seed(0)
    config = make_config('resnet light-weight depthwise')
    config.model.auxiliary_head = dict(
        type='FCNHead',
        in_channels=8,
        in_index=1,
        channels=4,
        num_convs=1,
        num_classes=3,
    )
    random = np.random.RandomState(0)
    for name, high, shape in (
        ('images', 256, (40, 56, 3)),
        ('labels', 3, (40, 56)),
    ):
        (folder / name).mkdir()
        for number in range(2):
            pixels = random.randint(0, high, shape, np.uint8)
            Image.fromarray(pixels).save(folder / name / f'{number}.png')
    config.test_dataloader = dict(
        dataset=dict(
            type='FolderDataset',
            data_root=str(folder),
            img_suffix='.png',
            data_prefix=dict(img_path='images', seg_map_path='labels'),
            metainfo=dict(
                classes=('a', 'b', 'c'), palette=[[0] * 3, [9] * 3, [99] * 3]
            ),
            pipeline=config.test_pipeline,
        )
    )
    config.dump(folder / 'config.py')
    weights = build(config).state_dict()
    kept = {k: v for k, v in weights.items() if 'auxiliary' not in k}
    torch.save(dict(state_dict=kept, meta={}), folder / 'weights.pth')
    return folder


@pytest.fixture
def source(files):
    return files / 'config.py', files / 'weights.pth'


def test_export_verify_and_score_in_8_bit(files, source, tmp_path, capsys):
    out = tmp_path / 'new' / 'int8.onnx'
    run(
        *(*source, out, '--shape', 40, 56, '--with-preprocessing'),
        *('--int8', files / 'images', '--verify', files / 'images'),
        *('--score', 2),
    )
    printed = capsys.readouterr().out
    assert f'wrote {out}' in printed.replace('\n', '')
    assert 'mIoU: network ' in printed
    assert '1.png: labels equal on ' in printed
    kinds = [node.op_type for node in onnx.load(out).graph.node]
    assert kinds.count('QuantizeLinear') > 5
    metadata = load_program(out).metadata
    # The checkpoint names no classes, so they are numbered.
    assert metadata['classes'] == ['class 0', 'class 1', 'class 2']
    assert metadata['input'] == 'RGB uint8 images'
    network, file = (
        float(word.strip(','))
        for word in printed.split('mIoU: network ')[1].split()[:3:2]
    )
    assert 0 < network < 100
    assert abs(network - file) < 5


def test_the_size_is_that_of_the_crops(source, tmp_path):
    run(*source, tmp_path / 'a.pt2', '--format', 'torch-export')
    metadata = load_program(tmp_path / 'a.pt2').metadata
    assert metadata['shape'] == [72, 104]
    assert not metadata['dynamic']


def test_a_file_that_differs_is_refused(files, source, tmp_path, monkeypatch):
    monkeypatch.setattr(
        'refinenet_mmseg.deployment.verification.LOGITS_TOLERANCE', 0.0
    )
    with pytest.raises(ValueError, match='something else than the network'):
        run(
            *(*source, tmp_path / 'a.onnx', '--shape', 40, 56),
            *('--verify', files / 'images' / '0.png'),
        )


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('--verify', 'nowhere.png'), 'no such image or folder: nowhere'),
        (('--int8', 'nowhere'), 'no such image or folder: nowhere'),
        (('--shape', 0, 5), 'at least 1, got 0 5 and 1'),
        (('--opset', 9), 'opset 9 is too old'),
        (('--score', 0), 'score must be at least 1, got 0'),
        (
            ('--score', 1, '--cfg-options', 'test_dataloader=None'),
            'no test_dataloader',
        ),
        (
            ('--score', 1),
            r'--score: test image .*0\.png: .* 72x104 pixels alone, this is '
            'one of 40x56; add --dynamic or --shape 40 56',
        ),
        (('--verify', '{images}'), '72x104 pixels alone, this is .* 40x56'),
    ],
)
def test_errors_before_the_export(
    files, source, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.setattr(
        'refinenet_mmseg.deployment.command.export_model', pytest.fail
    )
    arguments = [str(a).format(images=files / 'images') for a in arguments]
    with pytest.raises((OSError, ValueError), match=message):
        run(*source, tmp_path / 'a.onnx', *arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_config_without_an_image_size_needs_shape(files, source, tmp_path):
    with pytest.raises(ValueError, match='add --shape H W'):
        run(
            *(*source, tmp_path / 'a.onnx', '--cfg-options'),
            'model.data_preprocessor.size=None',
        )
