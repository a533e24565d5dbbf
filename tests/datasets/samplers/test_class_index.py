import os

import numpy as np
import pytest
from mmseg.datasets.transforms import LoadAnnotations
from support.datasets import folder_dataset, write_labels

from refinenet_mmseg.datasets import NYUDv2Dataset
from refinenet_mmseg.datasets.samplers import class_index as module
from refinenet_mmseg.datasets.samplers.class_index import (
    cache_array,
    load_cached_array,
    load_class_index,
)

LABEL_MAPS = ([0, 0, 2], [255, 255, 255], [1, 255, 0])
EXPECTED = [[1, 0, 1], [0, 0, 0], [1, 1, 0]]
ARRAY = np.eye(3, dtype=bool)


@pytest.fixture
def reads(monkeypatch):
    """Count the label maps that are read."""
    read = []
    load = LoadAnnotations.transform

    def transform(self, results):
        read.append(results['seg_map_path'])
        return load(self, results)

    monkeypatch.setattr(LoadAnnotations, 'transform', transform)
    return read


def class_index(dataset, cache, ignored=255):
    return load_class_index(dataset, ignored, cache).astype(int).tolist()


def test_reads_once(tmp_path, reads):
    write_labels(tmp_path, LABEL_MAPS)
    cache = tmp_path / 'cache'
    assert class_index(folder_dataset(tmp_path), cache) == EXPECTED
    assert len(reads) == 3
    assert class_index(folder_dataset(tmp_path), cache) == EXPECTED
    assert len(reads) == 3
    assert class_index(folder_dataset(tmp_path), None) == EXPECTED
    assert len(reads) == 6


def test_reads_again_once_a_file_changed(tmp_path, reads):
    write_labels(tmp_path, LABEL_MAPS)
    cache = tmp_path / 'cache'
    class_index(folder_dataset(tmp_path), cache)
    write_labels(tmp_path, [[1, 1, 1]])
    path = tmp_path / 'ann' / '000.png'
    os.utime(path, ns=(0, os.stat(path).st_mtime_ns + 1))
    changed = [[0, 1, 0], *EXPECTED[1:]]
    assert class_index(folder_dataset(tmp_path), cache) == changed
    write_labels(tmp_path, [*LABEL_MAPS, [2, 2, 2]])
    more = [*EXPECTED, [0, 0, 1]]
    assert class_index(folder_dataset(tmp_path), cache) == more


def test_reads_again_once_the_conventions_changed(tmp_path, reads):
    write_labels(tmp_path, ([1, 2, 0], [3, 2, 1]))
    cache = tmp_path / 'cache'
    # one change at a time
    four = folder_dataset(tmp_path, classes=4)
    assert class_index(four, cache) == [[1, 1, 1, 0], [0, 1, 1, 1]]
    five = folder_dataset(tmp_path, classes=5)
    assert class_index(five, cache) == [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0]]
    from_1 = folder_dataset(tmp_path, classes=5, reduce_zero_label=True)
    assert class_index(from_1, cache) == [[1, 1, 0, 0, 0], [1, 1, 1, 0, 0]]
    assert len(reads) == 6


def test_reads_again_once_another_value_is_ignored(tmp_path):
    write_labels(tmp_path, ([1, 2, 0], [1, 2, 1]))
    dataset = folder_dataset(tmp_path)
    cache = tmp_path / 'cache'
    assert class_index(dataset, cache) == [[1, 1, 1], [0, 1, 1]]
    assert class_index(dataset, cache, ignored=1) == [[1, 0, 1], [0, 0, 1]]


def test_reads_again_with_another_decoder(tmp_path, reads):
    write_labels(tmp_path, LABEL_MAPS)
    for backend in ('pillow', 'cv2', 'cv2'):
        step = dict(type='LoadAnnotations', imdecode_backend=backend)
        dataset = folder_dataset(tmp_path, pipeline=[step])
        assert class_index(dataset, tmp_path / 'cache') == EXPECTED
    assert len(reads) == 6


def test_a_used_pipeline_reads_nothing_again(tmp_path, reads):
    write_labels(tmp_path, LABEL_MAPS)
    step = dict(type='LoadAnnotations')
    dataset = folder_dataset(tmp_path, pipeline=[step])
    for _ in range(2):
        class_index(dataset, tmp_path / 'cache')
    assert len(reads) == 3


def test_a_choice_of_classes(tmp_path):
    write_labels(tmp_path, ([1, 2, 0], [3, 3, 0]))
    folders = dict(
        img_suffix='.jpg',
        data_root=str(tmp_path),
        data_prefix=dict(img_path='img', seg_map_path='ann'),
    )
    chosen = NYUDv2Dataset(
        metainfo=dict(classes=('cabinet', 'wall')), **folders
    )
    cache = tmp_path / 'cache'
    assert class_index(chosen, cache) == [[0, 1], [1, 0]]
    # the same names for other values
    chosen = NYUDv2Dataset(
        metainfo=dict(classes=('cabinet', 'wall')), lazy_init=True, **folders
    )
    chosen.label_map = {**chosen.label_map, 0: 0, 2: 1}
    chosen.full_init()
    assert class_index(chosen, cache) == [[1, 0], [0, 1]]


def test_a_read_only_cache_breaks_nothing(tmp_path):
    write_labels(tmp_path, LABEL_MAPS)
    (tmp_path / 'file').touch()
    nowhere = tmp_path / 'file' / 'cache'
    assert class_index(folder_dataset(tmp_path), nowhere) == EXPECTED


def test_refuses_values_that_are_no_class(tmp_path):
    write_labels(tmp_path, ([0, 1], [0, 7]))
    with pytest.raises(ValueError, match=r'1 label maps.*001\.png.*: \[7\]'):
        class_index(folder_dataset(tmp_path), tmp_path / 'cache')
    assert not (tmp_path / 'cache').exists()


def test_refuses_images_without_label_maps(tmp_path):
    write_labels(tmp_path, LABEL_MAPS)
    dataset = folder_dataset(tmp_path, data_prefix=dict(img_path='img'))
    with pytest.raises(ValueError, match=r'3 of 3.*000\.jpg.*Infinite'):
        class_index(dataset, None)


def test_reads_label_maps_as_the_pipeline_does(tmp_path):
    write_labels(tmp_path, LABEL_MAPS)
    step = LoadAnnotations(imdecode_backend='cv2')
    used = []
    step.transform = lambda results: (
        used.append(1),
        LoadAnnotations.transform(step, results),
    )[1]
    dataset = folder_dataset(tmp_path)
    dataset.pipeline.transforms.append(step)
    assert np.array_equal(load_class_index(dataset, 255, None), EXPECTED)
    assert len(used) == 3


def test_loads_what_was_cached(tmp_path):
    path = tmp_path / 'a' / 'b.npz'
    cache_array(path, 'now', ARRAY)
    assert np.array_equal(load_cached_array(path, 'now'), ARRAY)
    assert os.listdir(path.parent) == ['b.npz']


def test_an_array_with_another_fingerprint_is_not_loaded(tmp_path):
    path = tmp_path / 'a.npz'
    cache_array(path, 'then', ARRAY)
    assert load_cached_array(path, 'now') is None
    cache_array(path, 'now', ~ARRAY)
    assert np.array_equal(load_cached_array(path, 'now'), ~ARRAY)


@pytest.mark.parametrize('content', [b'', b'PK\x03\x04', b'nonsense'])
def test_a_damaged_file_is_not_loaded(tmp_path, content):
    path = tmp_path / 'a.npz'
    path.write_bytes(content)
    assert load_cached_array(path, 'now') is None


def test_a_foreign_array_is_refused(tmp_path):
    path = tmp_path / 'a.npz'
    np.savez(path, other=ARRAY)
    assert load_cached_array(path, 'now') is None


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / 'a.npz'
    cache_array(path, 'now', ARRAY)

    def full(file, **arrays):
        file.write_bytes(b'half')
        raise OSError('no space left on device')

    monkeypatch.setattr(np, 'savez_compressed', full)
    cache_array(path, 'later', ~ARRAY)
    assert np.array_equal(load_cached_array(path, 'now'), ARRAY)
    assert os.listdir(tmp_path) == ['a.npz']


def test_where_nothing_can_be_written_the_log_says_so(tmp_path, monkeypatch):
    logged = []
    monkeypatch.setattr(
        module, 'print_log', lambda text, **kwargs: logged.append(text)
    )
    (tmp_path / 'file').touch()
    cache_array(tmp_path / 'file' / 'a.npz', 'now', ARRAY)
    assert 'could not be written' in logged[0]
