"""Two processes compute what one does."""

import sys

import pytest
import torch
from commands import run

SCRIPT = """
import sys
import torch
import refinenet_mmseg
from mmengine.config import Config
from mmengine.dist import get_rank, get_world_size, init_dist
from mmengine.model import MMDistributedDataParallel
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

head, out = sys.argv[1:]
torch.manual_seed(0)
model = MODELS.build(dict(
    _scope_='mmseg',
    type='EncoderDecoder',
    # Statistics of a batch differ between the processes: none are taken.
    backbone=dict(type='ResNet', depth=18, base_channels=8, stem_channels=8,
                  norm_cfg=dict(type='SyncBN'), norm_eval=True),
    decode_head=dict(type=head, in_channels=[8, 16, 32, 64], channels=16,
                     num_classes=3, align_corners=False, init_cfg=None,
                     dropout_ratio=0, norm_cfg=None)))
images = torch.randn(4, 3, 65, 65)
labels = torch.randint(3, (4, 1, 65, 65))
rank, size = 0, 1
if out != 'one.pth':
    init_dist('pytorch', backend='nccl')
    model = MMDistributedDataParallel(module=model, device_ids=[0])
    rank, size = get_rank(), get_world_size()
model.train()
mine = slice(rank * 4 // size, (rank + 1) * 4 // size)
samples = [SegDataSample(gt_sem_seg=PixelData(data=label))
           for label in labels[mine]]
loss = model(images[mine], samples, mode='loss')['decode.loss_ce']
loss.backward()
if rank == 0:
    model = getattr(model, 'module', model)
    torch.save({name: p.grad for name, p in model.named_parameters()}, out)
"""


@pytest.mark.parametrize('head', ['RefineNetHead', 'LightWeightRefineNetHead'])
def test_gradients_are_those_of_one_process(tmp_path, port, head):
    script = tmp_path / 'script.py'
    script.write_text(SCRIPT)
    run(sys.executable, script, head, 'one.pth', cwd=tmp_path)
    run(
        *(sys.executable, '-m', 'torch.distributed.run', '--nproc-per-node=2'),
        *(f'--master-port={port}', script, head, 'two.pth'),
        cwd=tmp_path,
    )
    one, two = (torch.load(tmp_path / f'{n}.pth') for n in ('one', 'two'))
    assert one.keys() == two.keys()
    assert max(gradient.abs().max() for gradient in one.values()) > 1e-3
    for name, gradient in one.items():
        assert (gradient - two[name]).abs().max() < 1e-6, name
