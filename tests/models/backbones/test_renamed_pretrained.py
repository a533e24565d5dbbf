import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule

RENAMES = [
    (r'^backbone\.', ''),
    (r'^stem\.conv\.', 'layer.conv.'),
    (r'^stem\.norm\.', 'layer.bn.'),
]


class Network(BaseModule):
    def __init__(self, checkpoint):
        super().__init__(
            dict(
                type='RenamedPretrained',
                checkpoint=str(checkpoint),
                renames=RENAMES,
            )
        )
        self.layer = ConvModule(2, 3, 1, norm_cfg=dict(type='BN'))


def published(file):
    state = {
        'backbone.stem.conv.weight': torch.randn(3, 2, 1, 1),
        'backbone.stem.norm.weight': torch.randn(3),
        'backbone.stem.norm.bias': torch.randn(3),
        'backbone.stem.norm.running_mean': torch.randn(3),
        'backbone.stem.norm.running_var': torch.rand(3),
        'head.fc.weight': torch.randn(1, 3),
    }
    torch.save(dict(state_dict=state), file)
    return state


def test_loads_every_weight_under_its_new_name(tmp_path):
    state = published(tmp_path / 'weights.pth')
    network = Network(tmp_path / 'weights.pth')
    network.init_weights()
    conv, norm = network.layer.conv, network.layer.bn
    assert torch.equal(conv.weight, state['backbone.stem.conv.weight'])
    for name in ('weight', 'bias', 'running_mean', 'running_var'):
        assert torch.equal(
            getattr(norm, name), state[f'backbone.stem.norm.{name}']
        )


def test_names_the_source_of_the_weights(tmp_path):
    published(tmp_path / 'weights.pth')
    network = Network(tmp_path / 'weights.pth')
    told = []
    network._dump_init_info = lambda: told.extend(
        value['init_info'] for value in network._params_init_info.values()
    )
    network.init_weights()
    assert len(told) == 3
    assert all('weights.pth' in info for info in told)
