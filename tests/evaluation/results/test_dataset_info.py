from types import SimpleNamespace

import pytest
from mmcv.transforms import Compose, RandomFlip, Resize
from mmcv.transforms import TestTimeAug as SeveralTimes
from mmengine.config import Config

from refinenet_mmseg import config_path
from refinenet_mmseg.datasets.transforms import LimitShortEdge
from refinenet_mmseg.evaluation.results.dataset_info import (
    describe_dataset,
    find_split,
)
from refinenet_mmseg.evaluation.results.result_file import NoResultError

ROOT = '/test/train/data'


class Images(SimpleNamespace):
    def __len__(self):
        return 3


def dataset(pipeline=(), img_path='val', ann_file='', **attributes):
    """As mmseg's datasets are, once they have joined their paths."""
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
def test_finds_the_split_of_every_dataset(name, measured, loader):
    config = Config.fromfile(config_path(f'_base_/datasets/{name}.py'))
    config = config[f'{loader}_dataloader'].dataset
    found = find_split(
        dataset(
            img_path=config['data_prefix']['img_path'],
            ann_file=config.get('ann_file', ''),
        )
    )
    assert found == (measured if loader == 'val' else 'train')


def test_the_list_and_the_deepest_folder_come_first():
    assert find_split(dataset(img_path='train/val')) == 'val'
    listed = dataset(img_path='train', ann_file='test/val.txt')
    assert find_split(listed) == 'val'
    assert find_split(dataset(img_path='train', ann_file='a.txt')) == 'train'


def test_asks_for_the_split_where_no_path_names_it():
    unknown = dataset(img_path='images', ann_file='lists/all.txt')
    with pytest.raises(
        NoResultError, match=r"'lists/all' or 'images'.*split="
    ):
        find_split(unknown)


def test_describes_the_images_and_labels():
    assert describe_dataset(dataset(reduce_zero_label=True), None) == dict(
        data_set='Images',
        split='val',
        num_images=3,
        test_size='original',
        reduce_zero_label=True,
        classes=['a'],
        palette=[[1, 2, 3]],
    )
    assert describe_dataset(dataset(), 'test')['split'] == 'test'


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
def test_finds_the_size_of_the_images_in_a_test(steps, size):
    assert describe_dataset(dataset(steps), None)['test_size'] == size


def test_a_concatenation_of_datasets_has_no_size_of_its_own():
    joined = dataset()
    del joined.pipeline
    assert describe_dataset(joined, None)['test_size'] == 'original'


def test_several_sizes_are_various():
    several = SeveralTimes(
        [
            [dict(type='Resize', scale=(size, size)) for size in (10, 20)],
            [dict(type='RandomFlip', prob=0.0)],
        ]
    )
    assert describe_dataset(dataset([several]), None)['test_size'] == 'various'
