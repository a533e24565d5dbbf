"""Exported programs compute what their networks do, at any size."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from support.exported_networks import (
    FAMILIES,
    HEADS,
    build,
    make_config,
    plain_logits,
)

from refinenet_mmseg import __version__
from refinenet_mmseg.deployment import ExportOptions, export_model
from refinenet_mmseg.deployment.export import check_export_arguments, trace
from refinenet_mmseg.deployment.exportable_segmentor import ExportableSegmentor
from refinenet_mmseg.deployment.onnx_export import convert_to_onnx

TRACED = (72, 104)
# Number, height, width; the coarsest level of all networks has two rows and
# columns or more.
SHAPES = [(1, 72, 104), (3, 64, 64), (1, 65, 83), (3, 101, 129), (1, 128, 96)]


# Many layers, or windows whose number torch reasons about: half a minute each
LONG = dict(
    mobilenet=pytest.mark.integration,
    swin=pytest.mark.integration,
    hrnet=pytest.mark.integration,
)


@pytest.mark.parametrize(
    'name',
    [
        pytest.param(name, marks=LONG.get(name, []))
        for name in (*FAMILIES, *HEADS)
    ],
)
def test_every_family_at_five_sizes(name):
    model = build(make_config(name))
    options = ExportOptions(dynamic=True, shape=TRACED)
    traced = trace(ExportableSegmentor(model, options))
    converted = convert_to_onnx(traced, options)
    session = onnxruntime.InferenceSession(converted.SerializeToString())
    module = traced.module()
    for number, height, width in SHAPES:
        images = torch.randn(number, 3, height, width)
        expected = plain_logits(model, images)
        labels = expected.argmax(1)
        assert len(labels.unique()) > 1
        (from_onnx,) = session.run(None, {'images': images.numpy()})
        for computed in (torch.from_numpy(from_onnx), module(images)):
            assert computed.shape == expected.shape
            assert (computed - expected).abs().max() < 1e-4
            equal = computed.argmax(1) == labels
            assert equal.float().mean() >= 0.999


def test_edges_and_metadata_of_a_file(dynamic_onnx, model):
    content = onnx.load(dynamic_onnx)
    (images,), (logits,) = content.graph.input, content.graph.output
    assert (images.name, logits.name) == ('images', 'logits')
    edges = [
        [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim]
        for v in (images, logits)
    ]
    assert edges[0] == ['batch', 3, 'height', 'width']
    assert edges[1] == ['batch', 3, 'height', 'width']
    kinds = {node.op_type for node in content.graph.node}
    assert 'MaxPool' in kinds
    assert 'BatchNormalization' not in kinds
    metadata = {p.key: json.loads(p.value) for p in content.metadata_props}
    assert metadata.pop('mean') == pytest.approx([123.675, 116.28, 103.53])
    assert metadata.pop('std') == pytest.approx([58.395, 57.12, 57.375])
    assert len(metadata.pop('config_sha256')) == 64
    assert metadata == dict(
        classes=['class 0', 'class 1', 'class 2'],
        palette=[[0, 0, 200], [1, 2, 200], [2, 4, 200]],
        channel_order='RGB',
        input='normalized float32 images',
        output='logits',
        threshold=None,
        dynamic=True,
        shape=[40, 56],
        batch_size=1,
        refinenet_mmseg=__version__,
    )


@pytest.mark.parametrize('shape', [(1, 1, 1), (2, 1, 40), (1, 31, 33)])
def test_dynamic_onnx_takes_the_smallest_images(dynamic_onnx, model, shape):
    number, height, width = shape
    images = torch.randn(number, 3, height, width)
    session = onnxruntime.InferenceSession(dynamic_onnx)
    (computed,) = session.run(None, {'images': images.numpy()})
    expected = plain_logits(model, images).numpy()
    assert computed.shape == expected.shape
    assert np.abs(computed - expected).max() < 1e-4


def test_a_newer_opset(model, tmp_path):
    path = tmp_path / 'new.onnx'
    export_model(model, path, opset=20, options=ExportOptions(shape=(24, 40)))
    (opset,) = [o for o in onnx.load(path).opset_import if not o.domain]
    assert opset.version == 20
    images = np.random.RandomState(0).randn(1, 3, 24, 40).astype(np.float32)
    session = onnxruntime.InferenceSession(path)
    (computed,) = session.run(None, {'images': images})
    expected = plain_logits(model, torch.from_numpy(images)).numpy()
    assert np.abs(computed - expected).max() < 1e-4


def test_the_model_is_unchanged(model, tmp_path):
    before = {k: v.clone() for k, v in model.state_dict().items()}
    export_model(
        model,
        tmp_path / 'a.pt2',
        'torch-export',
        ExportOptions(shape=(24, 40)),
    )
    after = model.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('a.onnx', 'caffe'), 'got caffe'),
        (('a.pth', 'onnx'), r'writes \.onnx files, got a\.pth'),
        (('a.onnx', 'onnx', 17), 'opset 17 is too old: .* in 18 to'),
        (('a.onnx', 'onnx', 99), 'opset 99 is too new'),
        (('a.pt2', 'torch-export', 18), 'add --format onnx'),
        (('a.pt2', 'torch-export', None, ['b.png']), 'int8 is of ONNX'),
        (('a.onnx', 'onnx', None, []), 'needs calibration images'),
    ],
)
def test_wrong_export_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        check_export_arguments(*arguments)


class Halving(torch.nn.Module):
    """Halves images by way of a floating-point number."""

    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone

    def forward(self, images):
        size = [int(length * 0.5) for length in images.shape[2:]]
        return self.backbone(F.interpolate(images, size))


def test_a_network_that_fixes_its_size_is_refused_for_any():
    model = build(make_config())
    model.backbone = Halving(model.backbone)
    options = ExportOptions(dynamic=True, shape=(40, 56))
    with pytest.raises(ValueError, match=r'trace Halving and .*dynamic'):
        trace(ExportableSegmentor(model, options))
