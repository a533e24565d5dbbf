"""Input and output of exportable segmentors, and the heads they support."""

import numpy as np
import pytest
import torch
from mmseg.models.decode_heads import FCNHead
from mmseg.models.segmentors import EncoderDecoder
from support.backbones import BACKBONES, build_on_backbone
from support.exported_networks import build, make_config, plain_logits

from refinenet_mmseg.deployment import ExportOptions
from refinenet_mmseg.deployment.export import make_metadata
from refinenet_mmseg.deployment.exportable_layers import REPLACEMENTS
from refinenet_mmseg.deployment.exportable_segmentor import ExportableSegmentor
from refinenet_mmseg.deployment.program import normalize


def make_image(height=24, width=40):
    return torch.randint(256, (1, 3, height, width), dtype=torch.uint8)


def preprocessed(model, images):
    """Preprocess RGB images as mmseg does, which reads BGR."""
    return model.data_preprocessor(dict(inputs=list(images.flip(1))))['inputs']


@pytest.mark.parametrize(
    ('preprocessor', 'order'),
    [
        ({}, 'RGB'),
        (dict(bgr_to_rgb=False), 'BGR'),
        (dict(bgr_to_rgb=False, mean=None, std=None), 'BGR'),
        (dict(mean=None, std=None), 'RGB'),
    ],
)
def test_preprocessing_is_the_models(preprocessor, order):
    config = make_config(**preprocessor)
    model = build(config)
    options = ExportOptions(with_preprocessing=True)
    program = ExportableSegmentor(model, options)
    image = make_image()
    inputs = preprocessed(model, image)
    expected = plain_logits(model, inputs)
    torch.testing.assert_close(program(image), expected, rtol=1e-4, atol=1e-4)
    # By the metadata, as those do it who run the file
    metadata = make_metadata(model, program)
    assert metadata['channel_order'] == order
    by_metadata = normalize(image[0].permute(1, 2, 0).numpy(), metadata)
    np.testing.assert_allclose(
        by_metadata.transpose(2, 0, 1), inputs[0], rtol=1e-5, atol=1e-5
    )


def test_labels(model):
    program = ExportableSegmentor(model, ExportOptions(with_argmax=True))
    images = torch.randn(2, 3, 24, 40)
    labels = program(images)
    assert labels.dtype == torch.uint8
    assert labels.shape == (2, 24, 40)
    assert len(labels.unique()) > 1
    assert torch.equal(labels.long(), plain_logits(model, images).argmax(1))


def test_labels_of_a_single_logit():
    config = make_config(num_classes=2)
    config.model.decode_head.update(out_channels=1, threshold=0.7)
    model = build(config)
    images = torch.randn(1, 3, 24, 40)
    scores = plain_logits(model, images)[:, 0].sigmoid()
    threshold = float(scores.median())
    model.decode_head.threshold = threshold
    program = ExportableSegmentor(model, ExportOptions(with_argmax=True))
    assert program.threshold == threshold
    equal = program(images).bool() == (scores > threshold)
    assert equal.float().mean() > 0.99


@pytest.mark.parametrize('align_corners', [True, False])
def test_align_corners_is_the_heads(align_corners):
    config = make_config()
    config.model.decode_head.align_corners = align_corners
    model = build(config)
    images = torch.randn(1, 3, 24, 40)
    computed = ExportableSegmentor(model, ExportOptions())(images)
    assert (computed - plain_logits(model, images)).abs().max() < 1e-4
    model.align_corners = not align_corners
    assert (computed - plain_logits(model, images)).abs().max() > 1e-2


class RefiningHead(FCNHead):
    """Has another predict method, as PointRend's head."""

    def predict(self, *arguments):
        raise NotImplementedError


class RefiningSegmentor(EncoderDecoder):
    """Has another encode_decode method, as depth estimators."""

    def encode_decode(self, *arguments):
        raise NotImplementedError


@pytest.mark.parametrize('part', ['head', 'segmentor'])
def test_predictions_of_another_kind_are_refused(part):
    model = build(make_config('fcn'))
    if part == 'head':
        model.decode_head.__class__ = RefiningHead
    else:
        model.__class__ = RefiningSegmentor
    with pytest.raises(ValueError, match=f'^Refining{part.title()} predicts'):
        ExportableSegmentor(model, ExportOptions())


@pytest.mark.parametrize('name', BACKBONES)
def test_every_family_of_backbones(name):
    config = BACKBONES[name]
    model = build_on_backbone(config)
    program = ExportableSegmentor(model, ExportOptions())
    size = config.get('img_size', 224)
    images = torch.randn(1, 3, size, size)
    expected = plain_logits(model, images)
    error = (program(images) - expected).abs().max()
    assert error < 1e-4 * expected.abs().max()


def test_a_form_that_computes_something_else_is_refused(model, monkeypatch):
    monkeypatch.setitem(
        REPLACEMENTS, torch.nn.ReLU, lambda _: torch.nn.Identity()
    )
    with pytest.raises(ValueError, match='computes other logits'):
        ExportableSegmentor(model, ExportOptions())
