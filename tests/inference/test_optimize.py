import copy

import pytest
import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch._dynamo.utils import counters
from torch.torch_version import TorchVersion

from refinenet_mmseg.inference import optimize


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
