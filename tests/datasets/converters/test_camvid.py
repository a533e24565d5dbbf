import re
import runpy
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refinenet_mmseg.datasets import CamVidDataset
from refinenet_mmseg.datasets.converters import camvid
from refinenet_mmseg.datasets.converters.camvid import (
    convert_camvid,
    read_color_labels,
    segnet_split,
)

TOOL = Path(__file__).parents[3] / 'tools/dataset_converters/camvid.py'
# As MathWorks and MCANet publish it; the order of the rows is SegNet's.
GROUPS = {
    'sky': ['128 128 128'],
    'building': ['0 128 64', '128 0 0', '64 192 0', '64 0 64', '192 0 128'],
    'pole': ['192 192 128', '0 0 64'],
    'road': ['128 64 128', '128 0 192', '192 0 64'],
    'pavement': ['0 0 192', '64 192 128', '128 128 192'],
    'tree': ['128 128 0', '192 192 0'],
    'sign': ['192 128 128', '128 128 64', '0 64 64'],
    'fence': ['64 64 128'],
    'car': [
        '64 0 128',
        '64 128 192',
        '192 128 192',
        '192 64 128',
        '128 64 64',
    ],
    'pedestrian': ['64 64 0', '192 128 64', '64 0 192', '64 128 64'],
    'bicyclist': ['0 128 192', '192 0 192'],
    'void': ['0 0 0'],
}
COLORS = [
    (tuple(map(int, color.split())), label)
    for label, colors in enumerate(GROUPS.values())
    for color in colors
]
FRAMES = ('0001TP_006690', '0016E5_07959', 'Seq05VD_f00000')
COUNTS = {'train': 1, 'val': 1, 'test': 1}


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Shrink CamVid to three frames of 16 x 8 pixels."""
    monkeypatch.setattr(camvid, 'ORIGINAL_SIZE', (16, 8))
    monkeypatch.setattr(camvid, 'SEGNET_SIZE', (8, 4))
    monkeypatch.setattr(camvid, 'COUNTS', COUNTS)


def save(pixels, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path)


def load(path):
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.fixture
def original(tmp_path):
    folder = tmp_path / 'original'
    generator = np.random.default_rng(0)
    for frame in FRAMES:
        image = generator.integers(0, 256, (8, 16, 3))
        colors = np.full((8, 16, 3), 128)
        save(image, folder / f'701_StillsRaw_full/{frame}.png')
        save(colors, folder / f'LabeledApproved_full/{frame}_L.png')
    return folder


@pytest.fixture
def segnet(tmp_path):
    folder = tmp_path / 'segnet'
    for split, frame in zip(COUNTS, FRAMES, strict=True):
        labels = np.arange(32).reshape(4, 8) % 12
        save(np.full((4, 8, 3), 7), folder / split / f'{frame}.png')
        save(labels, folder / f'{split}annot' / f'{frame}.png')
    return folder


@pytest.mark.parametrize(('color', 'label'), COLORS)
def test_every_color_has_its_class(tmp_path, color, label):
    save(np.full((8, 16, 3), color), tmp_path / 'a_L.png')
    labels = read_color_labels(tmp_path / 'a_L.png')
    assert labels.shape == (8, 16)
    assert labels.dtype == np.uint8
    assert set(labels.ravel().tolist()) == {label}


def test_colors_and_classes_are_complete():
    assert len(dict(COLORS)) == len(camvid.ORIGINAL_CLASSES) == 32
    assert tuple(GROUPS)[:-1] == CamVidDataset.METAINFO['classes']


def test_unknown_color_is_named_with_file_and_pixel(tmp_path):
    colors = np.zeros((8, 16, 3))
    colors[5, 9] = (1, 2, 3)
    colors[6, 2] = (4, 5, 6)
    save(colors, tmp_path / 'a_L.png')
    with pytest.raises(ValueError, match='2 pixels') as error:
        read_color_labels(tmp_path / 'a_L.png')
    message = str(error.value)
    assert str(tmp_path / 'a_L.png') in message
    assert '(1, 2, 3) at column 9, row 5' in message


def test_blended_colors_of_the_damaged_file_are_void(tmp_path, monkeypatch):
    assert camvid.BLENDED_PIXELS == {'Seq05VD_f02610_L.png': 175}
    monkeypatch.setitem(camvid.BLENDED_PIXELS, 'Seq05VD_f02610_L.png', 2)
    colors = np.full((8, 16, 3), 128)
    colors[0, :2] = 77
    path = tmp_path / 'Seq05VD_f02610_L.png'
    save(colors, path)
    labels = read_color_labels(path)
    assert labels[0].tolist() == [11, 11] + 14 * [0]
    colors[1, 1] = 77
    save(colors, path)
    with pytest.raises(ValueError, match='3 pixels have none'):
        read_color_labels(path)


def test_splits_divide_the_published_frames_like_segnet():
    names = [
        *(f'0001TP_{number:06d}' for number in range(6690, 10381, 30)),
        *(f'0006R0_f{number:05d}' for number in range(930, 3931, 30)),
        *(f'0016E5_{number:05d}' for number in range(7959, 8160, 2)),
        *(f'Seq05VD_f{number:05d}' for number in range(0, 5101, 30)),
    ]
    splits = {name: segnet_split(name) for name in names}
    # 204 training frames of 0016E5 are missing to the 367.
    assert Counter(splits.values()) == {'train': 163, 'val': 101, 'test': 233}
    assert splits['0001TP_008520'] == 'train'
    assert splits['0001TP_008550'] == 'test'
    assert segnet_split('0016E5_07920') == 'train'
    assert segnet_split('0016E5_08190') == 'train'


@pytest.mark.parametrize('name', ['0002XY_000030', '0006R0', '0006R0_fx'])
def test_names_of_other_data_sets_are_refused(name):
    with pytest.raises(ValueError, match=f"'{name}' is not a frame"):
        segnet_split(name)


def test_original_is_halved(original, tmp_path):
    colors = np.full((8, 16, 3), 128)
    # Of each 2 x 2 pixels one counts, wherever the class changes.
    colors[:, 7:] = (64, 0, 128)
    save(colors, original / 'LabeledApproved_full/0001TP_006690_L.png')
    assert convert_camvid(original, tmp_path / 'out', False) == 3
    image = load(tmp_path / 'out/train/0001TP_006690.png')
    raw = load(original / '701_StillsRaw_full/0001TP_006690.png')
    means = raw.reshape(4, 2, 8, 2, 3).mean((1, 3))
    assert image.shape == (4, 8, 3)
    assert np.abs(image - means).max() <= 0.5
    labels = load(tmp_path / 'out/trainannot/0001TP_006690.png')
    assert labels.tolist() == 4 * [3 * [0] + 5 * [8]]
    assert (tmp_path / 'out/val/0016E5_07959.png').is_file()
    assert (tmp_path / 'out/testannot/Seq05VD_f00000.png').is_file()


def test_original_without_a_label_map_is_refused(original, tmp_path):
    (original / 'LabeledApproved_full/0016E5_07959_L.png').unlink()
    with pytest.raises(FileNotFoundError, match=r'0016E5_07959_L\.png'):
        convert_camvid(original, tmp_path / 'out', False)
    assert not (tmp_path / 'out').exists()


def test_incomplete_original_is_refused(original, tmp_path):
    (original / '701_StillsRaw_full/0016E5_07959.png').unlink()
    with pytest.raises(ValueError, match="'train': 1, 'test': 1"):
        convert_camvid(original, tmp_path / 'out', False)


@pytest.mark.parametrize(
    'path',
    [
        '701_StillsRaw_full/0001TP_006690.png',
        'LabeledApproved_full/0001TP_006690_L.png',
    ],
)
def test_original_of_another_size_is_refused(original, tmp_path, path):
    save(np.zeros((4, 8, 3)), original / path)
    with pytest.raises(ValueError, match='8 x 4 pixels, not 16 x 8') as error:
        convert_camvid(original, tmp_path / 'out', False)
    assert str(original / path) in str(error.value)


def test_interrupted_conversion_continues(original, tmp_path):
    out = tmp_path / 'out'
    broken = original / '701_StillsRaw_full/0016E5_07959.png'
    whole = broken.read_bytes()
    broken.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(OSError, match=r'0016E5_07959\.png is damaged'):
        convert_camvid(original, out, False)
    first = out / 'train/0001TP_006690.png'
    time = first.stat().st_mtime_ns
    broken.write_bytes(whole)
    assert convert_camvid(original, out, False) == 2
    assert first.stat().st_mtime_ns == time
    assert convert_camvid(original, out, False) == 0
    (out / 'testannot/Seq05VD_f00000.png').unlink()
    assert convert_camvid(original, out, False) == 1


def test_version_of_segnet_is_copied(segnet, tmp_path):
    out = tmp_path / 'out'
    assert convert_camvid(segnet, out, False) == 3
    for split, frame in zip(COUNTS, FRAMES, strict=True):
        for folder in (split, f'{split}annot'):
            copy = load(out / folder / f'{frame}.png')
            source = load(segnet / folder / f'{frame}.png')
            assert np.array_equal(copy, source)
    data = CamVidDataset(
        data_root=str(out),
        data_prefix={'img_path': 'val', 'seg_map_path': 'valannot'},
    )
    assert len(data) == 1


def test_lists_pair_files_of_different_names(segnet, tmp_path):
    label = segnet / 'valannot/0016E5_07959.png'
    label.rename(segnet / 'valannot/valannot_00001.png')
    save(np.zeros((4, 8, 3)), segnet / 'val/unlisted.png')
    (segnet / 'val.txt').write_text(
        '/SegNet/CamVid/val/0016E5_07959.png '
        '/SegNet/CamVid/valannot/valannot_00001.png\n'
    )
    assert convert_camvid(segnet, tmp_path / 'out', False) == 3
    names = [path.name for path in (tmp_path / 'out/valannot').iterdir()]
    assert names == ['0016E5_07959.png']


def test_absent_test_split_is_left_out(segnet, tmp_path):
    for folder in ('test', 'testannot'):
        (segnet / folder / 'Seq05VD_f00000.png').unlink()
        (segnet / folder).rmdir()
    with pytest.warns(UserWarning, match='no test split'):
        assert convert_camvid(segnet, tmp_path / 'out', False) == 2
    assert not (tmp_path / 'out/test').exists()


def test_missing_label_map_is_named(segnet, tmp_path):
    (segnet / 'trainannot/0001TP_006690.png').unlink()
    with pytest.raises(FileNotFoundError, match='1 of 2 files') as error:
        convert_camvid(segnet, tmp_path / 'out', False)
    assert 'trainannot/0001TP_006690.png' in str(error.value)


@pytest.mark.parametrize(
    ('labels', 'message'),
    [
        (np.full((4, 8), 12), r'values \[12\]'),
        (np.zeros((4, 8, 3)), r'shape \(4, 8, 3\)'),
        (np.zeros((8, 8)), '8 x 8 pixels, not 8 x 4'),
    ],
)
def test_wrong_label_maps_are_refused(segnet, tmp_path, labels, message):
    save(labels, segnet / 'valannot/0016E5_07959.png')
    with pytest.raises(ValueError, match=message) as error:
        convert_camvid(segnet, tmp_path / 'out', False)
    assert '0016E5_07959' in str(error.value)


def test_another_folder_is_refused_with_both_layouts(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        convert_camvid(tmp_path, tmp_path / 'out', False)
    for name in ('trainannot', '701_StillsRaw_full', 'LabeledApproved_full'):
        assert name.removeprefix('train') in str(error.value)


def test_tool_converts_and_prints_errors(
    segnet, tmp_path, monkeypatch, capsys
):
    out = tmp_path / 'out'
    monkeypatch.setattr(sys, 'argv', ['tool', str(segnet), '-o', str(out)])
    with pytest.raises(SystemExit, match='0'):
        runpy.run_path(str(TOOL), run_name='__main__')
    assert f'{out} is complete; 3 images are new' in capsys.readouterr().out
    monkeypatch.setattr(sys, 'argv', ['tool', str(tmp_path)])
    with pytest.raises(SystemExit, match='2'):
        runpy.run_path(str(TOOL), run_name='__main__')
    assert re.search('error: .*holds no CamVid', capsys.readouterr().err)
