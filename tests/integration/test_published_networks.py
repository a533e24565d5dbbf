"""Every published network at full size, from its file to its logits."""

import sys

import pytest
import torch
from mmseg.apis import init_model
from support import published_networks
from support.commands import TOOLS, run

import refinenet_mmseg
from refinenet_mmseg.checkpoints import convert_file


@pytest.mark.parametrize(
    ('network', 'depth', 'classes', 'first_class'),
    [
        ('refinenet', 50, 40, 'wall'),
        ('refinenet', 101, 21, 'background'),
        ('refinenet', 152, 19, 'road'),
        ('light_weight_refinenet', 50, 7, 'background'),
        ('light_weight_refinenet', 101, 40, 'wall'),
        ('light_weight_refinenet', 152, 60, 'background'),
        ('light_weight_mobilenet', None, 21, 'background'),
    ],
)
def test_from_the_file_to_the_logits(
    tmp_path, network, depth, classes, first_class
):
    weights = published_networks.Weights()
    image = torch.randn(1, 3, 65, 97)
    arguments = dict(classes=classes) | (dict(depth=depth) if depth else {})
    compute = getattr(published_networks, network)
    logits = compute(weights, image, **arguments)
    torch.save({'segmenter': dict(weights), 'epoch_start': 9}, tmp_path / 'a')
    del weights
    _, recognition = convert_file(tmp_path / 'a', tmp_path / 'b.pth')
    assert recognition.ignored == ['epoch_start']
    meta = torch.load(tmp_path / 'b.pth', weights_only=True)['meta']
    assert meta['num_classes'] == classes
    assert f'{depth or "mobilenet-v2"}-published' in meta['config']
    model = init_model(
        refinenet_mmseg.config_path(meta['config']),
        str(tmp_path / 'b.pth'),
        'cpu',
        cfg_options=meta['cfg_options'],
    )
    assert model.dataset_meta['classes'][0] == first_class
    with torch.no_grad():
        computed = model.decode_head(model.backbone(image))
    assert (computed - logits).abs().max() < 1e-4


def test_the_tool_says_what_went_where(tmp_path):
    weights = published_networks.Weights()
    published_networks.light_weight_mobilenet(
        weights, torch.zeros(1, 3, 33, 33)
    )
    torch.save({'model': dict(weights), 'epoch': 9}, tmp_path / 'a.pth')
    output = run(
        *(sys.executable, TOOLS / 'convert_checkpoint.py', 'a.pth', 'b.pth'),
        cwd=tmp_path,
    )
    assert 'backbone.conv1.conv' in output
    assert 'ignored entries: epoch\n' in output
    assert 'b.pth IMAGES --out predictions' in output.splitlines()[-1]
    assert (tmp_path / 'b.pth').exists()


def test_a_failed_conversion_is_one_line(tmp_path):
    torch.save({'encoder.weight': torch.ones(1)}, tmp_path / 'a.pth')
    output = run(
        *(sys.executable, TOOLS / 'convert_checkpoint.py', 'a.pth', 'b.pth'),
        cwd=tmp_path,
        fails=True,
    )
    assert 'error: unknown layout' in output.splitlines()[-1]
    assert not (tmp_path / 'b.pth').exists()
