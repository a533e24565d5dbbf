"""Two processes compute what one does."""

import sys

import torch
from support.commands import run

SCRIPT = """
import sys
import torch
import refinenet_mmseg
from mmengine.config import Config
from mmengine.dist import get_rank, get_world_size
from mmengine.model import MMDistributedDataParallel
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

several, *heads = sys.argv[1:]
rank, size = 0, 1
if several == 'two':
    torch.distributed.init_process_group('gloo')
    rank, size = get_rank(), get_world_size()
for head in heads:
    torch.manual_seed(0)
    model = MODELS.build(dict(
        _scope_='mmseg',
        type='EncoderDecoder',
        # Statistics of a batch differ between the processes: none are taken.
        backbone=dict(type='ResNet', depth=18, base_channels=8,
                      stem_channels=8, norm_cfg=dict(type='BN'),
                      norm_eval=True),
        decode_head=dict(type=head, in_channels=[8, 16, 32, 64], channels=16,
                         num_classes=3, align_corners=False, init_cfg=None,
                         dropout_ratio=0, norm_cfg=None)))
    images = torch.randn(4, 3, 65, 65)
    labels = torch.randint(3, (4, 1, 65, 65))
    if size > 1:
        model = MMDistributedDataParallel(module=model)
    model.train()
    mine = slice(rank * 4 // size, (rank + 1) * 4 // size)
    samples = [SegDataSample(gt_sem_seg=PixelData(data=label))
               for label in labels[mine]]
    loss = model(images[mine], samples, mode='loss')['decode.loss_ce']
    loss.backward()
    if rank == 0:
        model = getattr(model, 'module', model)
        gradients = {name: p.grad for name, p in model.named_parameters()}
        torch.save(gradients, f'{head}_{several}.pth')
"""
HEADS = ['RefineNetHead', 'LightWeightRefineNetHead']


def test_gradients_are_those_of_one_process(tmp_path, port):
    script = tmp_path / 'script.py'
    script.write_text(SCRIPT)
    run(sys.executable, script, 'one', *HEADS, cwd=tmp_path)
    run(
        *(sys.executable, '-m', 'torch.distributed.run', '--nproc-per-node=2'),
        *(f'--master-port={port}', script, 'two', *HEADS),
        cwd=tmp_path,
    )
    for head in HEADS:
        one, two = (
            torch.load(tmp_path / f'{head}_{several}.pth')
            for several in ('one', 'two')
        )
        assert one.keys() == two.keys()
        assert max(gradient.abs().max() for gradient in one.values()) > 1e-3
        for name, gradient in one.items():
            assert (gradient - two[name]).abs().max() < 1e-6, (head, name)
