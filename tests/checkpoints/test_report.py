import io
import re

import torch
from support import published_networks
from support.published_networks import Weights

from refinenet_mmseg.checkpoints import convert, report
from refinenet_mmseg.checkpoints.recognition import recognize


def text_of(content, destination, monkeypatch):
    monkeypatch.setenv('COLUMNS', '200')
    file = io.StringIO()
    report(convert(content), recognize(content), destination, file)
    return file.getvalue()


def test_every_tensor_is_counted_and_the_rest_listed(snapshot, monkeypatch):
    weights, *_ = snapshot
    text = text_of(
        {'model': weights, '[/b]': 3}, 'b [/c] :x:.pth', monkeypatch
    )
    counts = re.findall(r'│ +(\d+) │ +([\d,]+) │$', text, re.MULTILINE)
    assert sum(int(count) for count, _ in counts) == len(weights)
    values = sum(int(value.replace(',', '')) for _, value in counts)
    assert values == sum(tensor.numel() for tensor in weights.values())
    assert 'ignored entries: [/b]\n' in text
    assert 'non-commercial' in text
    command = text.splitlines()[-1]
    assert command.startswith('mim run refinenet_mmseg predict /')
    assert "'b [/c] :x:.pth' IMAGES" in command
    assert command.endswith('--cfg-options model.decode_head.num_classes=5')


def test_a_backbone_says_how_to_train_from_it(monkeypatch):
    weights = Weights()
    blocks = published_networks.RESNET_BLOCKS[50]
    published_networks.resnet(weights, torch.zeros(1, 3, 33, 33), blocks, 64)
    text = text_of(
        {**weights, 'fc.bias': torch.zeros(1)}, 'b.pth', monkeypatch
    )
    assert 'ignored entries: fc.bias\n' in text
    assert 'load_from=b.pth model.backbone.init_cfg=None' in text
