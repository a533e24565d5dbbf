import re
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from mmseg.registry import DATASETS
from PIL import Image
from scipy.io import savemat
from support.matlab_files import add_array, open_mat73, write_nyudv2

from refinenet_mmseg.datasets.converters import matlab, nyudv2
from refinenet_mmseg.datasets.converters.nyudv2 import convert_nyudv2

TOOL = Path(__file__).parents[3] / 'tools' / 'dataset_converters' / 'nyudv2.py'
TRAIN, TEST = [3, 1], [2]
MAT = 'nyu_depth_v2_labeled.mat'


@pytest.fixture(scope='module')
def content():
    """Make three frames with white borders, and a class for every label."""
    generator = np.random.default_rng(0)
    images = np.full((3, 480, 640, 3), 255, np.uint8)
    images[:, 45:470, 40:600] = generator.integers(
        0, 255, (3, 1, 560, 3), np.uint8
    )
    images[:, 45:470, 40:600, 0] = np.arange(425, dtype=np.uint8)[:, None]
    labels = np.zeros((3, 480, 640), np.uint16)
    labels[:, 45:470, 40:600] = generator.integers(0, 895, (3, 425, 560))
    # no class lies where MATLAB would count it
    classes = generator.permutation(np.arange(894) % 40 + 1)
    return images, labels, classes


@pytest.fixture
def source(tmp_path, content, monkeypatch):
    monkeypatch.setattr(nyudv2, 'COUNTS', {'train': 2, 'test': 1})
    folder = tmp_path / 'source'
    folder.mkdir()
    images, labels, classes = content
    write_nyudv2(folder, images, labels, TRAIN, TEST, classes)
    return folder


def convert(source, out_dir):
    return convert_nyudv2(source, out_dir, show_progress=False)


def read(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_pixels_classes_and_splits(source, content, tmp_path):
    images, labels, classes = content
    assert convert(source, tmp_path / 'out') == 3
    for number, split in ((1, 'train'), (2, 'test'), (3, 'train')):
        name = f'{split}/{number:04d}.png'
        image = read(tmp_path / 'out' / 'img_dir' / name)
        np.testing.assert_array_equal(
            image, images[number - 1, 45:470, 40:600]
        )
        written = read(tmp_path / 'out' / 'ann_dir' / name)
        kept = labels[number - 1, 45:470, 40:600].astype(int)
        np.testing.assert_array_equal(written == 0, kept == 0)
        for label in (1, 2, 893, 894):
            assert set(written[kept == label]) == {classes[label - 1]}
        expected = np.where(kept > 0, classes[kept - 1], 0)
        np.testing.assert_array_equal(written, expected)


def test_only_the_white_border_is_removed(source, tmp_path):
    convert(source, tmp_path / 'out')
    image = read(tmp_path / 'out' / 'img_dir' / 'test' / '0002.png')
    assert image.shape == (425, 560, 3)
    assert image[..., 1].max() < 255


def test_nyudv2_dataset_reads_it(source, tmp_path):
    convert(source, tmp_path / 'out')
    data = DATASETS.build(
        dict(
            type='NYUDv2Dataset',
            data_root=str(tmp_path / 'out'),
            data_prefix=dict(
                img_path='img_dir/train', seg_map_path='ann_dir/train'
            ),
            img_suffix='.png',
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='LoadAnnotations'),
                dict(type='PackSegInputs'),
            ],
        )
    )
    assert len(data) == 2
    item = data[0]
    assert item['inputs'].shape == (3, 425, 560)
    labels = item['data_samples'].gt_sem_seg.data
    assert set(labels.unique().tolist()) == {*range(40), 255}


def test_images_are_read_one_by_one(source, tmp_path, monkeypatch):
    class Recorder:
        def __init__(self, array):
            self.array = array
            self.shape, self.file = array.shape, array.file

        def __getitem__(self, index):
            assert isinstance(index, int)
            order.append(index)
            return self.array[index]

    order = []
    get_array = matlab.get_array
    monkeypatch.setattr(
        nyudv2, 'get_array', lambda *names: Recorder(get_array(*names))
    )
    convert(source, tmp_path / 'out')
    assert order == [0, 0, 1, 1, 2, 2]


def test_continues_after_an_interruption(source, tmp_path):
    convert(source, tmp_path / 'out')
    lost = tmp_path / 'out' / 'ann_dir' / 'train' / '0003.png'
    before = lost.read_bytes()
    lost.unlink()
    assert convert(source, tmp_path / 'out') == 1
    assert lost.read_bytes() == before
    assert convert(source, tmp_path / 'out') == 0


@pytest.mark.parametrize('name', [MAT, 'splits.mat', 'classMapping40.mat'])
def test_missing_file_is_named_with_its_source(source, tmp_path, name):
    (source / name).unlink()
    with pytest.raises(FileNotFoundError, match=f'{name}.*http'):
        convert(source, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize(
    ('name', 'other'),
    [
        (MAT, 'splits.mat'),
        ('splits.mat', MAT),
        ('classMapping40.mat', MAT),
    ],
)
def test_other_kind_of_file_is_refused(source, tmp_path, name, other):
    (source / name).write_bytes((source / other).read_bytes())
    with pytest.raises(
        ValueError, match=rf'{name} is not a complete MATLAB file'
    ):
        convert(source, tmp_path / 'out')


@pytest.mark.parametrize('name', [MAT, 'splits.mat', 'classMapping40.mat'])
@pytest.mark.parametrize('keep', [0.0, 0.5])
def test_cut_off_download_is_refused(source, tmp_path, name, keep):
    content = (source / name).read_bytes()
    (source / name).write_bytes(content[: int(keep * len(content))])
    with pytest.raises(
        ValueError, match=f'{name} is not a complete MATLAB file'
    ):
        convert(source, tmp_path / 'out')


def test_web_page_in_place_of_a_file_is_refused(source, tmp_path):
    (source / 'splits.mat').write_text('<html>' + 'not found ' * 100)
    with pytest.raises(
        ValueError, match=r'splits\.mat is not a complete MATLAB'
    ):
        convert(source, tmp_path / 'out')


def test_mapping_to_other_classes_is_refused(source, tmp_path):
    savemat(source / 'classMapping40.mat', {'classMapping13': [[1, 2]]})
    with pytest.raises(ValueError, match=r"no variable 'mapClass'.*Mapping13"):
        convert(source, tmp_path / 'out')


@pytest.mark.parametrize(
    'classes', [np.arange(893) % 40 + 1, np.arange(894) % 41, np.ones(894)]
)
def test_mapping_of_other_values_is_refused(source, tmp_path, classes):
    savemat(source / 'classMapping40.mat', {'mapClass': classes[None]})
    with pytest.raises(ValueError, match=r'Mapping40\.mat maps 89'):
        convert(source, tmp_path / 'out')


@pytest.mark.parametrize(
    ('train', 'test'),
    [([1, 2], [3, 3]), ([1], [2, 3]), ([0, 1], [2]), ([1, 2], [2])],
)
def test_other_split_is_refused(source, tmp_path, train, test):
    savemat(source / 'splits.mat', {'trainNdxs': train, 'testNdxs': test})
    with pytest.raises(ValueError, match=r'splits\.mat divides the images'):
        convert(source, tmp_path / 'out')


def test_split_of_the_published_size_is_expected():
    assert nyudv2.COUNTS == {'train': 795, 'test': 654}


def test_label_beyond_the_mapping_is_refused(source, content, tmp_path):
    images, labels, classes = content
    labels = labels.copy()
    labels[1, 100, 100] = 895
    write_nyudv2(source, images, labels, TRAIN, TEST, classes)
    with pytest.raises(ValueError, match='image 2 has the label 895'):
        convert(source, tmp_path / 'out')


@pytest.mark.parametrize('height', [470, 481])
def test_other_size_is_refused(source, tmp_path, height):
    with open_mat73(source / MAT) as file:
        add_array(file, 'images', np.zeros((height, 640, 3, 3), np.uint8))
        add_array(file, 'labels', np.zeros((height, 640, 3), np.uint16))
    with pytest.raises(ValueError, match=f'640, {height}.*not .*640, 480'):
        convert(source, tmp_path / 'out')


def test_other_hdf5_file_is_refused(source, tmp_path):
    with open_mat73(source / MAT) as file:
        add_array(file, 'depths', np.zeros((4, 5)))
    with pytest.raises(ValueError, match=r"no array 'images' .*depths"):
        convert(source, tmp_path / 'out')


@pytest.mark.parametrize('name', ['h5py', 'scipy.io'])
def test_missing_library_is_named_with_its_extra(
    source, tmp_path, monkeypatch, name
):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf'{name}.*\[datasets\]'):
        convert(source, tmp_path / 'out')


def test_tool_converts(source, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        sys, 'argv', [str(TOOL), str(source), '-o', str(tmp_path / 'out')]
    )
    with pytest.raises(SystemExit, match='0'):
        runpy.run_path(str(TOOL), run_name='__main__')
    assert 'is complete; 3 images are new' in capsys.readouterr().out
    assert (tmp_path / 'out' / 'img_dir' / 'train' / '0003.png').is_file()


def test_tool_says_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', [str(TOOL), str(tmp_path)])
    with pytest.raises(SystemExit, match='2'):
        runpy.run_path(str(TOOL), run_name='__main__')
    assert re.search(f'error: .*{MAT}.*http', capsys.readouterr().err)


def test_help_lists_the_files_to_download(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', [str(TOOL), '--help'])
    with pytest.raises(SystemExit, match='0'):
        runpy.run_path(str(TOOL), run_name='__main__')
    shown = capsys.readouterr().out
    assert all(
        name in shown and get in shown for name, get in nyudv2.SOURCES.items()
    )
