import re
import runpy
import shutil
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from mmseg.registry import DATASETS
from PIL import Image
from scipy.io import savemat
from support.matlab_files import add_array, open_mat73, write_sunrgbd

from refinenet_mmseg.datasets.converters import sunrgbd
from refinenet_mmseg.datasets.converters.sunrgbd import convert_sunrgbd

TOOL = Path(__file__).parents[3] / 'tools' / 'dataset_converters'
PREFIX = '/n/fs/sun3d/data/'
# As published: absolute, some with a double slash and, in the split, with a
# slash at the end; the first images are those for testing.
FRAMES = [
    ('SUNRGBD/kv2/kinect2data/000002_resize//image/0000103.jpg', (6, 9)),
    ('SUNRGBD/kv1/NYUdata/NYU0001/image/NYU0001.jpg', (5, 7)),
    ('SUNRGBD/kv2/kinect2data/000003_resize//image/0000087.jpg', (6, 9)),
]
TEST = [f'{PREFIX}SUNRGBD/kv2/kinect2data/000002_resize/']
TRAIN = [
    f'{PREFIX}SUNRGBD/kv1/NYUdata/NYU0001',
    f'{PREFIX}SUNRGBD/kv2/kinect2data/000003_resize/',
]


@pytest.fixture
def labels():
    """Make label maps; MATLAB keeps numbers as 64-bit floating point."""
    generator = np.random.default_rng(0)
    return [
        generator.integers(0, 38, size).astype(np.float64)
        for _, size in FRAMES
    ]


@pytest.fixture
def source(tmp_path, labels, monkeypatch):
    monkeypatch.setattr(sunrgbd, 'COUNTS', {'train': 2, 'test': 1})
    folder = tmp_path / 'source'
    generator = np.random.default_rng(1)
    for path, (height, width) in FRAMES:
        image = generator.integers(0, 256, (height, width, 3), np.uint8)
        file = folder / path
        file.parent.mkdir(parents=True)
        Image.fromarray(image).save(file)
    write(folder, labels)
    return folder


def write(folder, labels, train=TRAIN, test=TEST):
    shutil.rmtree(folder / 'SUNRGBDtoolbox', ignore_errors=True)
    frames = [
        (PREFIX + path, values)
        for (path, _), values in zip(FRAMES, labels, strict=True)
    ]
    write_sunrgbd(folder, frames, train, test)


def convert(source, out_dir):
    return convert_sunrgbd(source, out_dir, show_progress=False)


def read(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_pixels_and_splits(source, labels, tmp_path):
    assert convert(source, tmp_path / 'out') == 3
    for index, split in enumerate(('test', 'train', 'train')):
        image = tmp_path / 'out/img_dir' / split / f'{index + 1:05d}.jpg'
        original = source / FRAMES[index][0]
        assert image.read_bytes() == original.read_bytes()
        written = read(
            tmp_path / 'out/ann_dir' / split / f'{index + 1:05d}.png'
        )
        np.testing.assert_array_equal(written, labels[index])
        assert written.dtype == np.uint8


def test_sunrgbd_dataset_reads_it(source, labels, tmp_path):
    convert(source, tmp_path / 'out')
    data = DATASETS.build(
        dict(
            type='SUNRGBDDataset',
            data_root=str(tmp_path / 'out'),
            data_prefix=dict(
                img_path='img_dir/test', seg_map_path='ann_dir/test'
            ),
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='LoadAnnotations'),
                dict(type='PackSegInputs'),
            ],
        )
    )
    assert len(data) == 1
    found = data[0]['data_samples'].gt_sem_seg.data[0].numpy()
    np.testing.assert_array_equal(
        found, np.where(labels[0] == 0, 255, labels[0] - 1)
    )


def test_continues_after_an_interruption(source, tmp_path):
    convert(source, tmp_path / 'out')
    lost = tmp_path / 'out/img_dir/train/00003.jpg'
    lost.unlink()
    assert convert(source, tmp_path / 'out') == 1
    assert lost.is_file()
    assert convert(source, tmp_path / 'out') == 0


@pytest.mark.parametrize('name', sunrgbd.SOURCES)
def test_missing_file_is_named_with_its_source(source, tmp_path, name):
    path = source / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(FileNotFoundError, match=f'{name} .*https'):
        convert(source, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_missing_image_is_named(source, tmp_path):
    (source / 'SUNRGBD/kv1/NYUdata/NYU0001/image/NYU0001.jpg').unlink()
    with pytest.raises(FileNotFoundError, match=r'1 of 3.*NYU0001\.jpg'):
        convert(source, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize(
    ('name', 'other'),
    [
        (sunrgbd.META, sunrgbd.LABELS),
        (sunrgbd.SPLIT, sunrgbd.LABELS),
        (sunrgbd.LABELS, sunrgbd.META),
    ],
)
def test_other_kind_of_file_is_refused(source, tmp_path, name, other):
    (source / name).write_bytes((source / other).read_bytes())
    with pytest.raises(
        ValueError, match=f'{name} is not a complete MATLAB file'
    ):
        convert(source, tmp_path / 'out')


def test_other_file_of_the_right_kind_is_refused(source, tmp_path):
    with open_mat73(source / sunrgbd.LABELS) as file:
        add_array(file, 'images', np.zeros((4, 5)))
    with pytest.raises(ValueError, match="no array 'SUNRGBD2Dseg/seglabel'"):
        convert(source, tmp_path / 'out')


def test_structures_without_images_are_refused(source, tmp_path):
    savemat(source / sunrgbd.META, {'SUNRGBDMeta': {'valid': 1}})
    with pytest.raises(ValueError, match='no field rgbpath'):
        convert(source, tmp_path / 'out')


def test_other_number_of_label_maps_is_refused(source, tmp_path):
    with h5py.File(source / sunrgbd.LABELS, 'r+') as file:
        references = file['SUNRGBD2Dseg/seglabel'][:2]
        del file['SUNRGBD2Dseg/seglabel']
        file['SUNRGBD2Dseg'].create_dataset('seglabel', data=references)
    with pytest.raises(ValueError, match='2 label maps for 3 images'):
        convert(source, tmp_path / 'out')


@pytest.mark.parametrize(
    ('train', 'test', 'message'),
    [
        (TRAIN[:1], TEST, r'1 of 3 images neither.*000003_resize'),
        (TRAIN + TEST, TEST, '000002_resize for training and for testing'),
        (TRAIN[:1], TEST + TRAIN[1:], "'train': 1.*published.*'train': 2"),
        (['/data/NYU0001', TRAIN[1]], TEST, 'NYU0001.*no folder SUNRGBD'),
    ],
)
def test_other_split_is_refused(
    source, labels, tmp_path, train, test, message
):
    write(source, labels, train, test)
    with pytest.raises(ValueError, match=message):
        convert(source, tmp_path / 'out')


def test_split_of_the_published_size_is_expected():
    assert sunrgbd.COUNTS == {'train': 5285, 'test': 5050}


@pytest.mark.parametrize('value', [38, -1, 0.5])
def test_other_label_is_refused(source, labels, tmp_path, value):
    labels[1][2, 3] = value
    write(source, labels)
    with pytest.raises(ValueError, match=rf'train/00002.*\[{value}'):
        convert(source, tmp_path / 'out')


def test_label_map_of_another_image_is_refused(source, labels, tmp_path):
    write(source, [labels[1], labels[0], labels[2]])
    with pytest.raises(ValueError, match=r'0000103\.jpg.*9x6 pixels.*7x5'):
        convert(source, tmp_path / 'out')


def test_tool_converts(source, tmp_path, monkeypatch, capsys):
    tool = str(TOOL / 'sunrgbd.py')
    monkeypatch.setattr(
        sys, 'argv', [tool, str(source), '-o', str(tmp_path / 'out')]
    )
    with pytest.raises(SystemExit, match='0'):
        runpy.run_path(tool, run_name='__main__')
    assert 'is complete; 3 images are new' in capsys.readouterr().out


def test_tool_says_what_is_missing(tmp_path, monkeypatch, capsys):
    tool = str(TOOL / 'sunrgbd.py')
    monkeypatch.setattr(sys, 'argv', [tool, str(tmp_path)])
    with pytest.raises(SystemExit, match='2'):
        runpy.run_path(tool, run_name='__main__')
    assert re.search('error: .*SUNRGBD .*https', capsys.readouterr().err)
