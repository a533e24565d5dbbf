import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from refinenet_mmseg.inference import accelerate
from refinenet_mmseg.inference.optimize import FastSegmentor


def build_model(head='RefineNetHead', cascade=False, **test_cfg):
    init_default_scope('mmseg')
    torch.manual_seed(0)
    head = dict(
        type=head,
        in_channels=[8, 16, 32, 64],
        in_index=[0, 1, 2, 3],
        channels=16,
        num_classes=3,
        align_corners=False,
        init_cfg=None,
    )
    if cascade:
        refining = dict(type='OCRHead', in_channels=8, in_index=0)
        head = [head, dict(head, **refining, ocr_channels=8)]
        head[1].pop('init_cfg')
    return MODELS.build(
        dict(
            type='CascadeEncoderDecoder' if cascade else 'EncoderDecoder',
            **(dict(num_stages=2) if cascade else {}),
            data_preprocessor=dict(
                type='SegDataPreProcessor', size_divisor=32
            ),
            backbone=dict(
                type='ResNet', depth=18, base_channels=8, stem_channels=8
            ),
            decode_head=head,
            test_cfg=ConfigDict(test_cfg or dict(mode='whole')),
        )
    ).eval()


def predict(model, images):
    metas = dict(
        img_shape=tuple(images.shape[2:]),
        ori_shape=(40, 50),
        padding_size=[0] * 4,
    )
    samples = [SegDataSample(metainfo=metas) for _ in images]
    data = dict(inputs=list(images), data_samples=samples)
    return [s.seg_logits.data for s in model.test_step(data)]


@pytest.mark.parametrize(
    'arguments',
    [
        dict(),
        dict(mode='slide', crop_size=(32, 32), stride=(16, 16)),
        dict(cascade=True),
    ],
    ids=['whole', 'slide', 'cascade'],
)
def test_predictions_are_the_models_own(arguments, monkeypatch):
    model = build_model(**arguments)
    images = torch.randn(2, 3, 64, 48)
    expected = predict(model, images)
    accelerate(model, torch.float32, compile=False)
    used = []
    forward = FastSegmentor.forward
    monkeypatch.setattr(
        FastSegmentor,
        'forward',
        lambda self, x: used.append(x.shape) or forward(self, x),
    )
    computed = predict(model, images)
    assert used
    for ours, theirs in zip(computed, expected, strict=True):
        assert ours.shape == theirs.shape
        assert (ours - theirs).abs().max() < 1e-4


@pytest.mark.parametrize('fast', [True, False])
def test_precision_is_the_devices(monkeypatch, fast):
    monkeypatch.setattr(
        'refinenet_mmseg.inference.fast_prediction.supports_bf16',
        lambda _: fast,
    )
    seen = []
    monkeypatch.setattr(
        'refinenet_mmseg.inference.fast_prediction.optimize',
        lambda model, dtype, compile: seen.append(dtype),
    )
    accelerate(build_model())
    assert seen == [torch.bfloat16 if fast else torch.float32]


def test_heads_that_predict_otherwise_are_refused():
    model = build_model()
    model.decode_head = MODELS.build(
        dict(
            type='EncHead',
            in_channels=[64],
            in_index=[3],
            channels=8,
            num_classes=3,
            use_se_loss=False,
        )
    )
    with pytest.raises(ValueError, match=r'EncHead predicts.*--fast'):
        accelerate(model)
