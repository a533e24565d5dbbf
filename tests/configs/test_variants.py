"""The paper's cascades and poolings on NYUDv2."""

import pytest
from support.config_networks import (
    RESNET,
    RESNET_WIDTHS,
    load,
    millions_of_parameters,
    narrow,
    on_meta_device,
    train_a_step,
)

# Keys that each variant changes in the model of the config that it inherits,
# and its parameters with 40 classes, counted here, in millions.
VARIANTS = {
    'single': ({'decode_head.wiring'}, 62.53),
    '2-cascaded': ({'decode_head.wiring'}, 69.02),
    '2-scale': (
        {
            'backbone.scales',
            'decode_head.in_channels',
            'decode_head.in_index',
            'decode_head.path_channels',
            'decode_head.wiring',
        },
        159.18,
    ),
    'no-pooling': ({'decode_head.pooling'}, 82.59),
    '2-stage-pooling': ({'decode_head.pooling.num_stages'}, 90.85),
    'improved-pooling': ({'decode_head.pooling.order'}, 99.10),
    '2-stage-improved-pooling': ({'decode_head.pooling.num_stages'}, 90.85),
}
# Channels of the blocks and stages of the pooling, where they are not those of
# the 4-cascaded network
BLOCKS = {'single': [256], '2-cascaded': [256, 256]}
STAGES = {
    'no-pooling': 0,
    '2-stage-pooling': 2,
    '2-stage-improved-pooling': 2,
}


def load_variant(name):
    return load(f'refinenet_r50-{name}_1xb1-paper_nyudv2-400x400')


def changes(config, base, prefix=''):
    """List the keys whose values differ.

    A dict that one of them lacks counts as empty; of a dict of another type,
    only its own key is listed.
    """
    names = set()
    for key in {*config, *base}:
        one, other = config.get(key, {}), base.get(key, {})
        if one == other:
            continue
        if (
            isinstance(one, dict)
            and isinstance(other, dict)
            and len({part['type'] for part in (one, other) if 'type' in part})
            < 2
        ):
            names |= changes(one, other, f'{prefix}{key}.')
        else:
            names.add(prefix + key)
    return names


@pytest.mark.parametrize('name', VARIANTS)
def test_a_variant_differs_only_in_what_its_name_says(name):
    config = load_variant(name)
    if name == '2-stage-improved-pooling':
        base = load_variant('improved-pooling')
    else:
        base = load('refinenet_r50_1xb1-paper_nyudv2-400x400')
    assert changes(config, base) == {
        f'model.{key}' for key in VARIANTS[name][0]
    }


def test_no_pooling_is_the_same_on_person_part():
    leaf = '1xb1-paper_person-part-400x400'
    config = load(f'refinenet_r50-no-pooling_{leaf}')
    base = load(f'refinenet_r50_{leaf}')
    assert changes(config, base) == {'model.decode_head.pooling'}
    config.model.decode_head.num_classes = 40
    model = on_meta_device(config.model)
    assert millions_of_parameters(model) == VARIANTS['no-pooling'][1]


@pytest.mark.parametrize('name', VARIANTS)
def test_variants_at_full_size(name):
    model = on_meta_device(load_variant(name).model)
    assert millions_of_parameters(model) == VARIANTS[name][1]
    blocks = model.decode_head.blocks
    assert [block.channels for block in blocks] == BLOCKS.get(
        name, [512, 256, 256, 256]
    )
    assert model.backbone.scales == (
        (0.6, 1.2) if name == '2-scale' else (1.2,)
    )
    for block in blocks:
        stages = getattr(block.pool, 'stages', [])
        assert len(stages) == STAGES.get(name, 4)
        order = ['pool', 'conv']
        if 'improved' in name:
            order.reverse()
        for stage in stages:
            assert [part for part, _ in stage.named_children()] == order


@pytest.mark.parametrize('name', VARIANTS)
def test_variants_train_a_step(name):
    config = load_variant(name)
    narrow(config, RESNET, RESNET_WIDTHS)
    train_a_step(config)
