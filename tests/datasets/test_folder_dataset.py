from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.fileio import BaseStorageBackend, register_backend
from mmengine.fileio.backends import backends
from mmengine.registry import init_default_scope

from refinenet_mmseg.datasets import FolderDataset

PREFIX = {'img_path': 'img', 'seg_map_path': 'ann'}


@pytest.fixture(autouse=True)
def _mmseg_scope():
    init_default_scope('mmseg')


@pytest.fixture
def root(tmp_path):
    """Make five images, one of them in a subfolder, and their labels."""
    for name in ('a', 'b', 'c', 'd', 'more/e'):
        image = tmp_path / 'img' / f'{name}.jpg'
        label = tmp_path / 'ann' / f'{name}.png'
        for path in (image, label):
            path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(image), np.full((4, 6, 3), 9, np.uint8))
        cv2.imwrite(str(label), np.full((4, 6), 1, np.uint8))
    return tmp_path


def load(root, **changes):
    settings = {
        'data_root': str(root),
        'data_prefix': PREFIX,
        'metainfo': {'classes': ('zero', 'one')},
    }
    return FolderDataset(**{**settings, **changes})


def test_images_are_paired_with_their_labels(root):
    data = load(root)
    pairs = [
        (Path(item['img_path']), Path(item['seg_map_path']))
        for item in (data.get_data_info(index) for index in range(len(data)))
    ]
    names = ('a', 'b', 'c', 'd', 'more/e')
    assert pairs == [
        (root / 'img' / f'{name}.jpg', root / 'ann' / f'{name}.png')
        for name in names
    ]


def test_split_list_chooses_the_images(root):
    (root / 'some.txt').write_text('d\nmore/e\n')
    data = load(root, ann_file='some.txt')
    chosen = [data.get_data_info(index)['img_path'] for index in range(2)]
    assert len(data) == 2
    assert [Path(path).stem for path in chosen] == ['d', 'e']


def test_split_list_may_name_files_outside_the_listing(root):
    (root / 'some.txt').write_text('more/../a\n')
    assert len(load(root, ann_file='some.txt')) == 1


@pytest.mark.parametrize('prefix', [{}, {'seg_map_path': None}])
def test_unlabeled_images_need_no_labels(root, prefix):
    data = load(root, data_prefix={'img_path': 'img', **prefix})
    assert len(data) == 5
    assert 'seg_map_path' not in data.get_data_info(0)


@pytest.mark.parametrize('key', ['img_path', 'seg_map_path'])
def test_missing_folder_is_named_with_its_key(root, key):
    with pytest.raises(FileNotFoundError) as error:
        load(root, data_prefix={**PREFIX, key: 'elsewhere'})
    message = str(error.value)
    assert str(root / 'elsewhere') in message
    assert 'data_root' in message
    assert f'data_prefix.{key}' in message


def test_absent_image_folder_setting_is_named(root):
    with pytest.raises(ValueError, match=r'set `data_prefix.img_path`'):
        load(root, data_prefix={'img_path': None, 'seg_map_path': 'ann'})


def test_wrong_suffix_is_named_with_what_is_there(root):
    with pytest.raises(FileNotFoundError) as error:
        load(root, img_suffix='.tif')
    message = str(error.value)
    assert "'.tif'" in message
    assert "5 of '.jpg'" in message
    assert 'img_suffix' in message


def test_empty_image_folder_is_refused(tmp_path):
    for folder in PREFIX.values():
        (tmp_path / folder).mkdir()
    with pytest.raises(FileNotFoundError, match='files there: none'):
        load(tmp_path)


def test_missing_labels_are_counted_and_the_first_three_named(root):
    for name in ('a', 'b', 'd', 'more/e'):
        (root / 'ann' / f'{name}.png').unlink()
    with pytest.raises(FileNotFoundError) as error:
        load(root)
    message = str(error.value)
    assert '4 of 5 label maps' in message
    for name in ('a', 'b', 'd'):
        assert str(root / 'ann' / f'{name}.png') in message
    assert 'e.png' not in message
    assert 'seg_map_suffix' in message


def test_labels_of_images_left_out_of_the_split_are_not_needed(root):
    (root / 'ann' / 'a.png').unlink()
    (root / 'some.txt').write_text('b\nc\n')
    assert len(load(root, ann_file='some.txt')) == 2


def test_missing_split_list_is_named(root):
    with pytest.raises(FileNotFoundError) as error:
        load(root, ann_file='none.txt')
    message = str(error.value)
    assert str(root / 'none.txt') in message
    assert 'ann_file' in message


def test_empty_split_list_is_refused(root):
    (root / 'none.txt').write_text('')
    with pytest.raises(ValueError, match='names no image'):
        load(root, ann_file='none.txt')


def test_images_missing_from_the_split_list_are_named(root):
    (root / 'some.txt').write_text('a\nx\ny\n')
    with pytest.raises(FileNotFoundError) as error:
        load(root, ann_file='some.txt')
    message = str(error.value)
    assert '2 of 3 images listed in' in message
    assert str(root / 'img' / 'x.jpg') in message


def test_lazy_datasets_are_checked_when_they_are_filled(root):
    data = load(root, img_suffix='.tif', lazy_init=True)
    with pytest.raises(FileNotFoundError, match=r"'\.tif'"):
        data.full_init()


def test_backend_that_cannot_list_is_not_checked(root, monkeypatch):
    class Unlistable(BaseStorageBackend):
        def get(self, filepath):
            return Path(filepath).read_bytes()

        def get_text(self, filepath, encoding='utf-8'):
            return Path(filepath).read_text()

    # The registry is put back as it was when the test ends.
    monkeypatch.setitem(backends, 'unlistable', None)
    register_backend('unlistable', Unlistable, force=True)
    (root / 'some.txt').write_text('a\nx\n')
    data = load(
        root, ann_file='some.txt', backend_args={'backend': 'unlistable'}
    )
    assert len(data) == 2


def test_item_passes_the_pipeline(root):
    data = load(
        root,
        pipeline=[
            {'type': 'LoadImageFromFile'},
            {'type': 'LoadAnnotations'},
            {'type': 'PackSegInputs'},
        ],
    )
    item = data[4]
    assert tuple(item['inputs'].shape) == (3, 4, 6)
    assert (item['data_samples'].gt_sem_seg.data == 1).all()
