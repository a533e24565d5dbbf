from types import SimpleNamespace

import pytest
from mmengine.config import Config

from refinenet_mmseg.checking.agreement import (
    compare_with_model,
    ignored_value,
    name_classes,
)


def part(*classes, ignore_index=255):
    return SimpleNamespace(
        classes=classes or None,
        dataset=SimpleNamespace(ignore_index=ignore_index),
    )


def config(*heads):
    heads = heads[0] if len(heads) == 1 else list(heads)
    return Config(dict(model=dict(decode_head=heads)))


def messages(splits, config):
    found = compare_with_model(splits, config)
    return [(f.split, f.kind, f.message) for f in found]


@pytest.mark.parametrize(
    'head',
    [
        dict(num_classes=3),
        dict(),
        [dict(num_classes=3), dict(num_classes=3)],
    ],
)
def test_agreement(head):
    heads = head if isinstance(head, list) else [head]
    assert messages({'train': [part('a', 'b', 'c')]}, config(*heads)) == []


def test_number_of_classes_of_each_head():
    heads = (dict(num_classes=3), dict(num_classes=4))
    assert messages({'val': [part('a', 'b', 'c')]}, config(*heads)) == [
        (
            'val',
            'num_classes',
            'the data set has 3 classes, model.decode_head.num_classes=4',
        )
    ]


def test_one_channel_tells_two_classes_apart():
    one = config(dict(num_classes=1))
    assert messages({'train': [part('a', 'b')]}, one) == []
    assert messages({'train': [part('a', 'b', 'c')]}, one) != []


def test_ignored_value_is_the_losss():
    head = config(dict(num_classes=2, ignore_index=7))
    assert ignored_value([part('a', 'b')], head) == 7
    assert ignored_value([part('a', ignore_index=9)], Config(dict())) == 9
    ((_, kind, message),) = messages({'train': [part('a', 'b')]}, head)
    assert kind == 'ignore_index'
    assert 'the data set ignores 255, the loss 7' in message


def test_splits_with_other_classes():
    splits = {'train': [part('a', 'b')], 'val': [part('b', 'a')]}
    assert messages(splits, Config(dict())) == [
        (
            'val',
            'classes',
            "other classes than in train: 0 is 'b' and not 'a'",
        )
    ]
    splits['val'] = [part('a')]
    ((_, _, message),) = messages(splits, Config(dict()))
    assert message.endswith('1 and not 2')


def test_names_come_from_the_head_where_the_data_has_none():
    head = config(dict(num_classes=2))
    assert name_classes([part()], head) == ['class 0', 'class 1']
    with pytest.raises(ValueError, match='metainfo'):
        name_classes([part()], Config(dict()))


def test_more_classes_than_8_bits_hold():
    names = [str(index) for index in range(257)]
    assert len(name_classes([part(*names[1:])], Config(dict()))) == 256
    with pytest.raises(ValueError, match='has 257 classes'):
        name_classes([part(*names)], Config(dict()))
