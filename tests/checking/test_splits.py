import pytest
from mmengine.config import Config, ConfigDict

from refinenet_mmseg.checking.splits import (
    ListingError,
    choose_splits,
    open_part,
    unwrap,
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


def test_wrappers_are_taken_off():
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
    assert unwrap(config) == inner


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
        open_part(ConfigDict(config, **change))


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
        open_part(config)


def test_steps_that_load_are_picked(tmp_path):
    (tmp_path / 'a.jpg').touch()
    config = ConfigDict(type='BaseSegDataset', data_root=str(tmp_path))

    def steps(*names):
        config.pipeline = [dict(type=name) for name in names]
        part = open_part(config)
        return [
            [type(step).__name__ for step in steps]
            for steps in (part.image_steps, part.label_steps)
        ]

    both = [['LoadImageFromFile'], ['LoadAnnotations']]
    assert steps() == both
    assert steps('LoadImageFromFile', 'LoadAnnotations') == both
    assert steps('LoadImageFromFile', 'PackSegInputs') == [both[0], []]
