from types import SimpleNamespace

import pytest
from mmcv.transforms import Compose, RandomFlip, Resize
from mmcv.transforms import TestTimeAug as SeveralTimes
from mmengine.config import Config

from refinenet_mmseg import config_path
from refinenet_mmseg.datasets.transforms import LimitShortEdge
from refinenet_mmseg.evaluation.results.guard import NoResultError
from refinenet_mmseg.evaluation.results.measured_data import (
    describe_data,
    find_split,
)

ROOT = '/test/train/data'


class Images(SimpleNamespace):
    def __len__(self):
        return 3


def data_set(pipeline=(), img_path='val', ann_file='', **attributes):
    """As mmseg's data sets are, once they have joined their paths."""
    return Images(
        data_root=ROOT,
        data_prefix=dict(img_path=f'{ROOT}/{img_path}'),
        ann_file=ann_file and f'{ROOT}/{ann_file}',
        pipeline=Compose(list(pipeline)),
        metainfo=dict(classes=('a',), palette=[(1, 2, 3)]),
        **attributes,
    )


@pytest.mark.parametrize('loader', ['train', 'val'])
@pytest.mark.parametrize(
    ('name', 'measured'),
    [
        ('ade20k', 'val'),
        ('camvid_360x480', 'val'),
        ('cityscapes', 'val'),
        ('nyudv2', 'test'),
        ('pascal_context', 'val'),
        ('pascal_person_part', 'val'),
        ('pascal_voc12_aug', 'val'),
        ('shapes_160x160', 'val'),
        ('sunrgbd', 'test'),
    ],
)
def test_tells_the_split_of_every_data_set(name, measured, loader):
    config = Config.fromfile(config_path(f'_base_/datasets/{name}.py'))
    config = config[f'{loader}_dataloader'].dataset
    found = find_split(
        data_set(
            img_path=config['data_prefix']['img_path'],
            ann_file=config.get('ann_file', ''),
        )
    )
    assert found == (measured if loader == 'val' else 'train')


def test_the_list_and_the_deepest_folder_tell_most():
    assert find_split(data_set(img_path='train/val')) == 'val'
    listed = data_set(img_path='train', ann_file='test/val.txt')
    assert find_split(listed) == 'val'
    assert find_split(data_set(img_path='train', ann_file='a.txt')) == 'train'


def test_asks_for_the_split_where_nothing_tells_it():
    unknown = data_set(img_path='images', ann_file='lists/all.txt')
    with pytest.raises(
        NoResultError, match=r"'lists/all' or 'images'.*split="
    ):
        find_split(unknown)


def test_describes_the_images_and_labels():
    assert describe_data(data_set(reduce_zero_label=True), None) == dict(
        data_set='Images',
        split='val',
        num_images=3,
        test_size='original',
        reduce_zero_label=True,
        classes=['a'],
        palette=[[1, 2, 3]],
    )
    assert describe_data(data_set(), 'test')['split'] == 'test'


@pytest.mark.parametrize(
    ('steps', 'size'),
    [
        ([Resize(scale=(20, 10), keep_ratio=True)], [10, 20]),
        ([Resize(scale_factor=0.5)], 'various'),
        ([LimitShortEdge(400, 600)], 'various'),
        ([RandomFlip(0.0)], 'original'),
        ([], 'original'),
    ],
)
def test_tells_the_size_of_the_images_in_a_test(steps, size):
    assert describe_data(data_set(steps), None)['test_size'] == size


def test_data_sets_put_together_have_no_size_of_their_own():
    joined = data_set()
    del joined.pipeline
    assert describe_data(joined, None)['test_size'] == 'original'


def test_several_sizes_at_once_are_none_in_particular():
    several = SeveralTimes(
        [
            [dict(type='Resize', scale=(size, size)) for size in (10, 20)],
            [dict(type='RandomFlip', prob=0.0)],
        ]
    )
    assert describe_data(data_set([several]), None)['test_size'] == 'various'
