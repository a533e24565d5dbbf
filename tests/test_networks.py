import pytest
import torch
from mmengine.model import BaseTTAModel
from torch import nn

from refinenet_mmseg.networks import check_complete_weights


class Averaging(BaseTTAModel):
    def merge_preds(self, data_samples_list):
        return data_samples_list


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 1)
        self.norm = nn.BatchNorm2d(3)
        self.auxiliary_head = nn.Conv2d(3, 1, 1)

    def test_step(self, data):
        return data


@pytest.fixture
def model():
    return Model()


@pytest.mark.parametrize('prefix', ['', 'module.'])
def test_all_weights_but_those_for_training(model, prefix):
    weights = {
        f'{prefix}{name}': tensor
        for name, tensor in model.state_dict().items()
        if 'auxiliary' not in name and not name.endswith('tracked')
    }
    check_complete_weights(model, weights, 'a.pth')
    check_complete_weights(Averaging(model), weights, 'a.pth')


@pytest.mark.parametrize('name', ['conv.bias', 'norm.running_var'])
def test_names_what_is_missing_or_wrong(model, name):
    weights = model.state_dict()
    tensor = weights.pop(name)
    with pytest.raises(ValueError, match=f'a.pth lacks 1 .* {name} among'):
        check_complete_weights(model, weights, 'a.pth')
    for bad in (torch.ones(9), 1.0, None):
        with pytest.raises(ValueError, match=rf'{name} of shape .* \(3,\)'):
            check_complete_weights(model, {**weights, name: bad}, 'a.pth')
    for value in (float('nan'), float('-inf')):
        tensor[1] = value
        with pytest.raises(ValueError, match=f'1 weights in a.pth .*{name}'):
            check_complete_weights(model, {**weights, name: tensor}, 'a.pth')


def test_networks_that_rename_while_loading_are_not_compared_by_name(model):
    model.register_load_state_dict_pre_hook(lambda *_: None)
    check_complete_weights(model, {'another.name': torch.zeros(1)}, 'a.pth')
    with pytest.raises(ValueError, match=r'1 weights in a\.pth are not fin'):
        check_complete_weights(
            model, {'name': torch.tensor([torch.inf])}, 'a.pth'
        )
