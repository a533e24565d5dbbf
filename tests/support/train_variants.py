"""Train every variant of the head for two steps, in one of the processes."""

import sys
from pathlib import Path

import torch
from mmengine.model import MMDistributedDataParallel, revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

import refinenet_mmseg  # noqa: F401, registers the heads

sys.path.insert(0, str(Path(__file__).parents[1]))
from support.config_networks import RESNET, RESNET_WIDTHS, load, narrow

init_default_scope('mmseg')
torch.distributed.init_process_group('gloo')
sample = SegDataSample(
    gt_sem_seg=PixelData(data=torch.randint(3, (1, 32, 32)))
)
for name in sys.argv[1:]:
    config = load(name)
    narrow(config, RESNET, RESNET_WIDTHS)
    config.model.decode_head.init_cfg = None
    module = revert_sync_batchnorm(MODELS.build(config.model))
    model = MMDistributedDataParallel(module=module)
    for _ in range(2):
        # The second step asks for every gradient of the first one.
        losses = model(torch.randn(2, 3, 32, 32), [sample] * 2, mode='loss')
        losses['decode.loss_ce'].backward()
    print(f'trained {name}')
