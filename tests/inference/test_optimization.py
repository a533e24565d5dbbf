import copy

import pytest
import torch
from mmcv.cnn import fuse_conv_bn
from mmengine.config import ConfigDict
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from support.backbones import TIMM_BACKBONES, build_on_backbone
from torch._dynamo.utils import counters
from torch.torch_version import TorchVersion

from refinenet_mmseg.inference import accelerate, optimize
from refinenet_mmseg.inference.optimization import FastSegmentor


def build_model(num_levels=4):
    init_default_scope('mmseg')
    torch.manual_seed(0)
    model = MODELS.build(
        dict(
            type='EncoderDecoder',
            backbone=dict(
                type='ResNet',
                depth=18,
                base_channels=8,
                stem_channels=8,
                num_stages=num_levels,
                strides=(1, 2, 2, 2)[:num_levels],
                dilations=(1,) * num_levels,
                out_indices=range(num_levels),
                norm_cfg=dict(type='SyncBN'),
            ),
            decode_head=dict(
                type='RefineNetHead',
                in_channels=[8, 16, 32, 64][:num_levels],
                channels=16,
                num_classes=3,
                align_corners=False,
                init_cfg=None,
            ),
        )
    ).eval()
    for name, tensor in model.named_buffers():  # a trained model's
        if name.endswith('running_mean'):
            torch.nn.init.normal_(tensor, std=0.1)
        elif name.endswith('running_var'):
            torch.nn.init.uniform_(tensor, 0.5, 2)
    return model


@pytest.fixture(scope='module')
def model():
    return build_model()


def logits_of(model, images):
    with torch.no_grad():
        # SyncBN in evaluation is plain batch norm
        return model._forward(images)


@pytest.mark.parametrize('channels_last', [True, False])
@pytest.mark.parametrize('size', [(64, 64), (65, 49), (33, 40)])
def test_logits_are_the_models(model, size, channels_last):
    images = torch.randn(2, 3, *size)
    fast = optimize(model, compile=False, channels_last=channels_last)
    computed = fast(images)
    assert computed.dtype == torch.float32
    assert (computed - logits_of(model, images)).abs().max() < 1e-4


def test_the_model_is_unchanged(model):
    before = copy.deepcopy(model.state_dict())
    optimize(model, torch.bfloat16, compile=False)
    assert model.state_dict().keys() == before.keys()
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name])
    assert any(p.requires_grad for p in model.parameters())


def test_batch_norms_are_folded_and_weights_frozen(model):
    fast = optimize(model, compile=False)
    kinds = {type(module).__name__ for module in fast.modules()}
    assert not {'SyncBatchNorm', 'BatchNorm2d', '_BatchNormXd'} & kinds
    assert not any(p.requires_grad for p in fast.parameters())


def test_half_precision_gives_close_logits_in_float(model):
    images = torch.randn(1, 3, 64, 64)
    computed = optimize(model, torch.bfloat16, compile=False)(images)
    expected = logits_of(model, images)
    assert computed.dtype == torch.float32
    assert (computed - expected).norm() < 0.02 * expected.norm()


def test_networks_in_training(model):
    images = torch.randn(1, 3, 64, 64)
    expected = logits_of(model, images)
    training = copy.deepcopy(model).train()
    for module in training.modules():
        if hasattr(module, 'with_cp'):
            module.with_cp = True
    training.decode_head.dropout = torch.nn.Dropout2d(0.9)
    computed = optimize(training, compile=False)(images)
    assert (computed - expected).abs().max() < 1e-4
    assert training.training
    assert training.decode_head.dropout.training


@pytest.mark.parametrize('dtype', [torch.float64, torch.bfloat16])
def test_networks_in_another_precision(model, dtype):
    images = torch.randn(1, 3, 64, 64)
    expected = logits_of(model, images)
    computed = optimize(copy.deepcopy(model).to(dtype), compile=False)(images)
    assert computed.dtype == torch.float32
    assert (computed - expected).norm() < 0.02 * expected.norm()


def test_in_inference_mode(model):
    with torch.inference_mode():
        fast = optimize(model, compile=False)
    assert not any('BatchNorm' in type(m).__name__ for m in fast.modules())


def test_a_copy_that_computes_something_else_is_refused(monkeypatch):
    model = build_on_backbone(TIMM_BACKBONES['timm tf_efficientnet_lite0'])
    monkeypatch.setattr(
        'refinenet_mmseg.inference.optimization.fold_batch_norms',
        lambda model, images: fuse_conv_bn(model),
    )
    with pytest.raises(ValueError, match=r'computes other logits.*--fast'):
        optimize(model, compile=False)
    with pytest.raises(ValueError, match=r'computes other logits.*--fast'):
        accelerate(model, torch.bfloat16, compile=False)
    assert 'encode_decode' not in vars(model)


@pytest.mark.integration
def test_compiled_logits_at_several_sizes():
    model = build_model(num_levels=2)  # compiles in half the time
    torch._dynamo.reset()
    counters.clear()
    fast = optimize(model)
    for size in ((64, 64), (65, 49), (40, 72)):
        images = torch.randn(1, 3, *size)
        error = (fast(images) - logits_of(model, images)).abs().max()
        assert error < 1e-4
    if TorchVersion(torch.__version__) >= (2, 6):
        # once for the first size, once for all others
        assert counters['stats']['unique_graphs'] == 2
        if torch.backends.mkldnn.is_available():
            # Frozen weights are laid out as the kernels like them.
            packed = 'mkldnn_conv_weight_pack_matcher_count'
            assert counters['inductor'][packed] > 20


def build_segmentor(head='RefineNetHead', cascade=False, **test_cfg):
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
    model = build_segmentor(**arguments)
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
        'refinenet_mmseg.inference.optimization.supports_bf16',
        lambda _: fast,
    )
    seen = []
    monkeypatch.setattr(
        'refinenet_mmseg.inference.optimization.optimize',
        lambda model, dtype, compile: seen.append(dtype),
    )
    accelerate(build_segmentor())
    assert seen == [torch.bfloat16 if fast else torch.float32]


def test_heads_with_another_predict_are_refused():
    model = build_segmentor()
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
