"""Networks of configs: without memory, or narrow and trained for a step."""

import copy
import sys

import torch
from mmengine.config import Config
from mmengine.model import MMDistributedDataParallel, revert_sync_batchnorm
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch.overrides import TorchFunctionMode

from refinenet_mmseg import config_path

# Arguments of a narrow ResNet-50, and the channels of its levels
RESNET = dict(stem_channels=8, base_channels=4)
RESNET_WIDTHS = [16, 32, 64, 128]


class LinspaceOnCPU(TorchFunctionMode):
    """Keep ``torch.linspace`` off the meta device.

    mmseg's and mmpretrain's backbones read their drop path rates from it.
    """

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func is torch.linspace:
            kwargs['device'] = 'cpu'
        return func(*args, **kwargs)


def on_meta_device(model_config):
    """Build a full-size network without memory for its weights."""
    with torch.device('meta'), LinspaceOnCPU():
        return MODELS.build(model_config)


def load(name):
    return Config.fromfile(config_path(f'refinenet/{name}.py'))


def narrow(config, backbone, widths):
    """Reduce the channels of a config's network."""
    key = 'model.backbone'
    if config.model.backbone.type == 'MultiScaleBackbone':
        key += '.backbone'
        widths = widths * len(config.model.backbone.scales)
    config.merge_from_dict({key: copy.deepcopy(backbone)})
    head = config.model.decode_head
    head.in_channels = widths
    head.channels //= 32
    if head.get('path_channels'):
        head.path_channels = [width // 32 for width in head.path_channels]


def train_a_step(config):
    """Train a step from random weights; check every parameter's gradient."""
    model = config.model
    for part in (model.backbone, model.backbone.get('backbone', {})):
        part['init_cfg'] = None
    # N(0, 0.01) is for pretrained features.
    model.decode_head.init_cfg = None
    model.data_preprocessor.size = (64, 64)
    model = revert_sync_batchnorm(MODELS.build(model))
    model.init_weights()
    model.train()
    optim_wrapper = build_optim_wrapper(model, config.optim_wrapper)
    sample = SegDataSample(
        gt_sem_seg=PixelData(data=torch.randint(3, (1, 64, 64)))
    )
    image = torch.randint(255, (3, 64, 64), dtype=torch.uint8)
    data = model.data_preprocessor(
        dict(inputs=[image] * 2, data_samples=[sample] * 2), training=True
    )
    loss, _ = model.parse_losses(model(**data, mode='loss'))
    optim_wrapper.backward(loss)
    without = [
        name
        for name, parameter in model.named_parameters()
        if parameter.grad is None
    ]
    assert without == []
    before = model.decode_head.conv_seg.weight.clone()
    optim_wrapper.step()
    assert loss.isfinite()
    assert not torch.equal(model.decode_head.conv_seg.weight, before)


def millions_of_parameters(model):
    return round(sum(p.numel() for p in model.parameters()) / 1e6, 2)


def train_variants(names):
    """Train configs for two steps, in one of several processes."""
    init_default_scope('mmseg')
    torch.distributed.init_process_group('gloo')
    sample = SegDataSample(
        gt_sem_seg=PixelData(data=torch.randint(3, (1, 32, 32)))
    )
    for name in names:
        config = load(name)
        narrow(config, RESNET, RESNET_WIDTHS)
        config.model.decode_head.init_cfg = None
        module = revert_sync_batchnorm(MODELS.build(config.model))
        model = MMDistributedDataParallel(module=module)
        for _ in range(2):
            # The second step asks for every gradient of the first one.
            losses = model(
                torch.randn(2, 3, 32, 32), [sample] * 2, mode='loss'
            )
            losses['decode.loss_ce'].backward()
        print(f'trained {name}')


if __name__ == '__main__':
    train_variants(sys.argv[1:])
