import pytest
from mmengine.runner import checkpoint
from torch import nn


class Wrapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.module = nn.Linear(2, 3)


def test_the_defect_is_there():
    other = nn.Conv2d(1, 1, 1).state_dict()
    checkpoint.load_state_dict.__wrapped__(nn.Linear(2, 3), other)


@pytest.mark.parametrize('strict', [False, True])
def test_foreign_weights_are_refused(strict):
    other = nn.Conv2d(1, 1, 1).state_dict()
    with pytest.raises(ValueError, match=r'no weight .* fits Linear: the one'):
        checkpoint.load_state_dict(nn.Linear(2, 3), other, strict)


@pytest.mark.parametrize('strict', [False, True])
def test_none_at_all_are_refused(strict):
    with pytest.raises(ValueError, match=r'has nothing, \.\.\.'):
        checkpoint.load_state_dict(nn.Linear(2, 3), {}, strict)


@pytest.mark.parametrize('model', [nn.Linear, Wrapped])
@pytest.mark.parametrize('prefix', ['', 'module.'])
def test_one_that_fits_is_enough(model, prefix):
    module = model() if model is Wrapped else model(2, 3)
    weights = {f'{prefix}bias': nn.Linear(2, 3).bias}
    checkpoint.load_state_dict(module, weights)


def test_what_has_no_parameters_takes_anything():
    checkpoint.load_state_dict(nn.ReLU(), {})


class Renaming(nn.Module):
    """As mmpretrain's TimmClassifier: saves without ``model.``."""

    def __init__(self):
        super().__init__()
        self.model = nn.Linear(2, 3)
        self._register_load_state_dict_pre_hook(self._rename)

    @staticmethod
    def _rename(state_dict, prefix, *_):
        for name in list(state_dict):
            state_dict[f'{prefix}model.{name}'] = state_dict.pop(name)


def test_what_renames_while_it_loads_is_left_to_itself():
    module, weights = Renaming(), nn.Linear(2, 3).state_dict()
    checkpoint.load_state_dict(module, dict(weights))
    assert module.model.weight.equal(weights['weight'])
