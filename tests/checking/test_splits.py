from types import SimpleNamespace

import pytest
from mmengine.config import Config, ConfigDict

from refinenet_mmseg.checking.splits import (
    ListingError,
    choose_splits,
    find_class_names,
    find_ignored_label,
    open_dataset,
    unwrap_dataset,
)


def loader(**dataset):
    return dict(dataset=dict(**dataset))


def test_all_splits_but_a_test_that_is_validation():
    config = Config(
        dict(
            train_dataloader=loader(type='A'),
            val_dataloader=loader(type='B'),
            test_dataloader=loader(type='B'),
        )
    )
    assert list(choose_splits(config)) == ['train', 'val']
    config.test_dataloader.dataset.type = 'C'
    assert list(choose_splits(config)) == ['train', 'val', 'test']
    assert choose_splits(config, 'test') == {'test': {'type': 'C'}}


def test_split_that_the_config_lacks():
    config = Config(
        dict(train_dataloader=loader(type='A'), val_dataloader=None)
    )
    with pytest.raises(ValueError, match=r'val_dataloader.*splits: train'):
        choose_splits(config, 'val')


def test_config_without_data():
    with pytest.raises(ValueError, match='no data set in train_dataloader'):
        choose_splits(Config(dict(model=dict())))


def test_wrappers_are_removed():
    inner = [ConfigDict(type='A'), ConfigDict(type='B')]
    config = ConfigDict(
        type='MultiImageMixDataset',
        dataset=dict(
            type='ConcatDataset',
            datasets=[
                dict(type='RepeatDataset', times=2, dataset=inner[0]),
                inner[1],
            ],
        ),
    )
    assert unwrap_dataset(config) == inner


@pytest.mark.parametrize(
    ('change', 'match'),
    [
        (dict(type='NoSuchDataset'), 'NoSuchDataset'),
        (dict(no_such_argument=1), 'no_such_argument'),
        (dict(metainfo=dict(classes=('sky', 'sea'))), 'sea'),
        (dict(pipeline=[dict(type='NoSuchStep')]), 'NoSuchStep'),
    ],
)
def test_data_set_that_cannot_be_built(tmp_path, change, match):
    config = ConfigDict(type='CamVidDataset', data_root=str(tmp_path))
    with pytest.raises(ValueError, match=match):
        open_dataset(ConfigDict(config, **change))


@pytest.mark.parametrize(
    ('kind', 'match'),
    [
        ('CamVidDataset', 'no image of suffix'),
        ('BaseSegDataset', 'it has no image'),
        # asserts in its constructor, without a word, that its list exists
        ('PascalVOCDataset', r'AssertionError.*none\.txt'),
    ],
)
def test_files_that_cannot_be_listed(tmp_path, kind, match):
    config = ConfigDict(
        type=kind, data_root=str(tmp_path), data_prefix=dict(img_path='')
    )
    if kind == 'PascalVOCDataset':
        config.ann_file = 'none.txt'
    with pytest.raises(ListingError, match=match):
        open_dataset(config)


def test_loading_steps_are_found(tmp_path):
    (tmp_path / 'a.jpg').touch()
    config = ConfigDict(type='BaseSegDataset', data_root=str(tmp_path))

    def steps(*names):
        config.pipeline = [dict(type=name) for name in names]
        opened = open_dataset(config)
        return [
            [type(step).__name__ for step in steps]
            for steps in (opened.image_steps, opened.label_steps)
        ]

    both = [['StrictLoadImageFromFile'], ['StrictLoadAnnotations']]
    assert steps() == both
    assert steps('LoadImageFromFile', 'LoadAnnotations') == both
    assert steps('LoadImageFromFile', 'PackSegInputs') == [both[0], []]
    biomedical = ['LoadBiomedicalAnnotation']
    assert steps(*both[0], *biomedical) == [both[0], biomedical]


def opened(*classes, ignored_label=255):
    return SimpleNamespace(
        classes=classes or None, ignored_label=ignored_label
    )


def config_of(**head):
    return Config(dict(model=dict(decode_head=head)))


def test_ignored_label_is_that_of_the_loss():
    head = config_of(num_classes=2, ignore_index=7)
    assert find_ignored_label([opened('a', 'b')], head) == 7
    without_model = Config(dict())
    assert find_ignored_label([opened(ignored_label=9)], without_model) == 9


def test_names_come_from_the_head_where_the_data_has_none():
    head = config_of(num_classes=2)
    assert find_class_names([opened()], head) == ['class 0', 'class 1']
    with pytest.raises(ValueError, match='metainfo'):
        find_class_names([opened()], Config(dict()))


def test_more_classes_than_8_bits_hold():
    names = [str(index) for index in range(257)]
    assert len(find_class_names([opened(*names[1:])], Config(dict()))) == 256
    with pytest.raises(ValueError, match='has 257 classes'):
        find_class_names([opened(*names)], Config(dict()))
