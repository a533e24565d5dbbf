import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from support import published_networks
from support.published_networks import Weights

from refinenet_mmseg.checkpoints.layouts import LAYOUTS
from refinenet_mmseg.checkpoints.recognition import (
    NamePattern,
    find_state_dict,
    recognize,
    rename,
)

TENSOR = torch.zeros(1)
PATTERNS = [text for layout in LAYOUTS for row in layout.table for text in row]


def torchvision_resnet():
    weights = Weights()
    image = torch.zeros(1, 3, 33, 33)
    published_networks.resnet(weights, image, (3, 4, 6, 3), 8)
    return {**weights, 'fc.weight': TENSOR, 'fc.bias': TENSOR}


def test_each_network_is_recognized(snapshot, request):
    weights, *_ = snapshot
    name = request.node.callspec.params['snapshot']
    layout = recognize(weights).layout
    assert any(name in network.config for network in layout.networks)


def test_a_backbone_is_recognized_and_its_classifier_ignored():
    recognition = recognize(torchvision_resnet())
    assert recognition.layout is LAYOUTS[-1]
    assert not recognition.layout.has_head
    assert recognition.ignored == ['fc.weight', 'fc.bias']
    assert recognition.names['layer1.0.downsample.1.running_var'] == (
        'backbone.layer1.0.downsample.1.running_var'
    )


def test_missing_weights_do_not_change_the_layout(snapshot):
    weights, *_ = snapshot
    layout = recognize(weights).layout
    for name in [name for name in weights if 'layer' not in name]:
        rest = {key: w for key, w in weights.items() if key != name}
        assert recognize(rest).layout is layout


@pytest.mark.parametrize(
    'wrap',
    [
        lambda weights: weights,
        lambda weights: {'state_dict': weights, 'epoch': 3},
        lambda weights: {'model': weights, 'enc_optimiser': {'state': {}}},
        lambda weights: {'segmenter': weights, 'best_val': 0.5},
        lambda weights: {'weights': weights, 'model_metadata': {'a': 1}},
        lambda weights: {'model': 'resnet50', 'state_dict': weights},
        lambda weights: {'weights': {'state_dict': weights}, 'epoch': 3},
        lambda weights: {f'module.{name}': w for name, w in weights.items()},
    ],
)
def test_wrappers_are_opened(wrap):
    weights = {'a.weight': TENSOR, 'b.bias': TENSOR}
    tensors, ignored = find_state_dict(wrap(weights))
    assert tensors == weights
    assert 'epoch' in ignored or 'epoch' not in wrap(weights)


def test_other_entries_are_listed():
    content = {
        'segmenter': {'a.weight': TENSOR, 'a.version': 2},
        'best_val': 0.5,
        'epoch_start': 7,
    }
    _, ignored = find_state_dict(content)
    assert ignored == ['best_val', 'epoch_start', 'segmenter.a.version']


@pytest.mark.parametrize('content', [None, [], {}, {'model': {}}, {'a': 1}])
def test_no_weights_are_refused(content):
    with pytest.raises(ValueError, match='holds no state dict'):
        find_state_dict(content)


def test_a_choice_of_weights_is_not_made():
    content = {'model': {'a.w': TENSOR}, 'weights': {'a.w': TENSOR}}
    with pytest.raises(ValueError, match=r"'model', 'weights'.*state_dict"):
        find_state_dict(content)
    with pytest.raises(ValueError, match=r'a\.w twice'):
        find_state_dict({'module.a.w': TENSOR, 'a.w': TENSOR})


def test_an_unknown_layout_says_what_was_not_understood(snapshot):
    weights, *_ = snapshot
    strange = {**weights, 'aspp.conv.weight': TENSOR}
    with pytest.raises(ValueError, match=r'1 have names .*aspp\.conv\.weight'):
        recognize(strange)
    with pytest.raises(ValueError, match=r'unknown layout.*and 1 more'):
        recognize({f'encoder.{index}.weight': TENSOR for index in range(6)})


def test_only_wrappers_of_weights_are_opened():
    weights = {'a.weight': TENSOR}
    for content in (
        {'model': {'name': 'rf'}, 'state_dict': weights},
        {'state_dict': {}, 'model': weights},
    ):
        tensors, ignored = find_state_dict(content)
        assert tensors == weights
        assert len(ignored) == 1


def test_a_mapping_in_itself_is_refused():
    content = {}
    content['model'] = content
    with pytest.raises(ValueError, match='holds no state dict'):
        find_state_dict(content)


def test_converted_checkpoints_are_not_converted_again():
    weights = {'decode_head.conv_seg.weight': TENSOR}
    with pytest.raises(ValueError, match='mmseg already'):
        recognize({'state_dict': weights})


def test_a_table_must_not_merge_names():
    table = (('a', 'c'), ('b', 'c'))
    with pytest.raises(ValueError, match=r'several tensors c\.weight'):
        rename(['a.weight', 'b.weight'], table)


def test_reads_and_writes_numbers():
    pattern = NamePattern('blocks.{stage-1}.adapt.0.{unit}')
    assert pattern.read('blocks.2.adapt.0.7') == {'stage': 3, 'unit': 7}
    assert pattern.write({'stage': 3, 'unit': 7}) == 'blocks.2.adapt.0.7'
    pattern = NamePattern('reductions.{4-stage}')
    assert pattern.read('reductions.1') == {'stage': 3}
    assert pattern.write({'stage': 3}) == 'reductions.1'


@pytest.mark.parametrize(
    'name',
    [
        *('blocks.x', 'blocks.1.conv', 'a.blocks.1', 'blocks', 'blocksx1'),
        *('blocks.01', 'blocks.\u0661', 'blocks.-1', 'blocks.' + '1' * 5000),
    ],
)
def test_other_names_are_not_read(name):
    assert NamePattern('blocks.{stage}').read(name) is None


def test_a_dot_in_a_pattern_is_literal():
    assert NamePattern('fuse.convs').read('fusexconvs') is None


def test_a_field_without_a_value_is_refused():
    with pytest.raises(KeyError, match='unit'):
        NamePattern('{stage}.{unit}').write({'stage': 1})


@given(
    st.sampled_from(PATTERNS),
    st.fixed_dictionaries(
        {
            name: st.integers(3, 4)
            for name in ('stage', 'block', 'step', 'unit', 'link')
        }
    ),
)
def test_every_pattern_reads_what_it_writes(text, values):
    pattern = NamePattern(text)
    written = pattern.write(values)
    solved = pattern.read(written)
    assert pattern.write(solved) == written
    assert solved.items() <= values.items()
