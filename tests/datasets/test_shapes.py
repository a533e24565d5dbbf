import json
import runpy
import sys
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from refinenet_mmseg.atomic_io import partial_path
from refinenet_mmseg.datasets import ShapesDataset, shapes
from refinenet_mmseg.datasets.shapes import generate_shapes_dataset
from refinenet_mmseg.datasets.shapes_drawing import draw_picture

TOOL = Path(__file__).parents[2] / 'tools' / 'make_shapes_dataset.py'
SETTINGS = {'num_train': 3, 'num_val': 2, 'size': 64, 'show_progress': False}


@pytest.fixture(autouse=True)
def _mmseg_scope():
    init_default_scope('mmseg')


def test_item_passes_the_pipeline(tmp_path):
    generate_shapes_dataset(tmp_path, 1, 2, size=64, show_progress=False)
    data = DATASETS.build(
        {
            'type': 'ShapesDataset',
            'data_root': str(tmp_path),
            'data_prefix': {
                'img_path': 'img_dir/val',
                'seg_map_path': 'ann_dir/val',
            },
            'pipeline': [
                {'type': 'LoadImageFromFile'},
                {'type': 'LoadAnnotations'},
                {'type': 'PackSegInputs'},
            ],
        }
    )
    assert len(data) == 2
    item = data[1]
    file = tmp_path / 'ann_dir' / 'val' / '0001.png'
    written = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    loaded = item['data_samples'].gt_sem_seg.data.squeeze(0).numpy()
    assert tuple(item['inputs'].shape) == (3, 64, 64)
    np.testing.assert_array_equal(loaded, written)


def test_palette_has_a_distinct_color_for_each_class():
    palette = np.array(ShapesDataset.METAINFO['palette'])
    assert len(palette) == len(ShapesDataset.METAINFO['classes'])
    for one, other in combinations(palette, 2):
        assert np.linalg.norm(one - other) > 80


@pytest.fixture
def folder(tmp_path):
    out_dir = tmp_path / 'shapes'
    assert generate_shapes_dataset(out_dir, **SETTINGS)
    return out_dir


def state(folder):
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob('*')
        if path.is_file()
    }


def test_files_lie_in_the_layout_of_mmseg(folder):
    files = {
        str(path.relative_to(folder))
        for path in folder.rglob('*')
        if path.is_file()
    }
    assert files == {
        'shapes.json',
        *(f'img_dir/train/000{index}.jpg' for index in range(3)),
        *(f'ann_dir/train/000{index}.png' for index in range(3)),
        *(f'img_dir/val/000{index}.jpg' for index in range(2)),
        *(f'ann_dir/val/000{index}.png' for index in range(2)),
    }


def test_shapes_files_hold_the_pictures(folder):
    image, labels = draw_picture(0, 'train', 2, 64)
    read = cv2.imread(str(folder / 'img_dir' / 'train' / '0002.jpg'))
    read_labels = cv2.imread(
        str(folder / 'ann_dir' / 'train' / '0002.png'), cv2.IMREAD_UNCHANGED
    )
    np.testing.assert_array_equal(read_labels, labels)
    assert read_labels.dtype == np.uint8
    error = np.abs(read[..., ::-1].astype(int) - image)
    assert error.mean() < 4


def test_second_call_does_nothing(folder):
    before = state(folder)
    assert not generate_shapes_dataset(folder, **SETTINGS)
    assert state(folder) == before


def test_lost_files_are_drawn_again(folder):
    lost = folder / 'ann_dir' / 'val' / '0001.png'
    before = state(folder)
    lost.unlink()
    assert generate_shapes_dataset(folder, **SETTINGS)
    after = state(folder)
    assert after.pop(lost)[1] == before.pop(lost)[1]
    # Image and label map are written together.
    image = folder / 'img_dir' / 'val' / '0001.jpg'
    assert after.pop(image)[1] == before.pop(image)[1]
    assert after == before


def test_interrupted_call_is_continued(tmp_path, monkeypatch):
    def fail(seed, split, index, size):
        if split == 'val':
            raise KeyboardInterrupt
        return draw_picture(seed, split, index, size)

    with monkeypatch.context() as patch:
        patch.setattr(shapes, 'draw_picture', fail)
        with pytest.raises(KeyboardInterrupt):
            generate_shapes_dataset(tmp_path, **SETTINGS)
    before = state(tmp_path)
    assert len(before) == 7  # the manifest, 3 images and their label maps
    assert generate_shapes_dataset(tmp_path, **SETTINGS)
    after = state(tmp_path)
    assert len(after) == 11
    assert before.items() <= after.items()


def test_picture_that_was_half_written_is_drawn_again(folder):
    lost = folder / 'img_dir' / 'train' / '0001.jpg'
    content = lost.read_bytes()
    lost.unlink()
    # What a killed process leaves.
    partial_path(lost).write_bytes(content[:99])
    assert generate_shapes_dataset(folder, **SETTINGS)
    assert lost.read_bytes() == content
    assert not partial_path(lost).exists()


def test_interrupted_call_is_not_continued_with_other_parameters(
    tmp_path, monkeypatch
):
    def fail(seed, split, index, size):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shapes, 'draw_picture', fail)
        with pytest.raises(KeyboardInterrupt):
            generate_shapes_dataset(tmp_path, **SETTINGS)
    with pytest.raises(FileExistsError, match='other parameters'):
        generate_shapes_dataset(tmp_path, **{**SETTINGS, 'seed': 1})


@pytest.mark.parametrize(
    'change', [{'seed': 1}, {'size': 80}, {'num_train': 4}, {'num_val': 1}]
)
def test_other_parameters_are_refused(folder, change):
    before = state(folder)
    with pytest.raises(FileExistsError, match='other parameters') as error:
        generate_shapes_dataset(folder, **{**SETTINGS, **change})
    assert str(folder) in str(error.value)
    assert state(folder) == before


def test_other_version_is_refused(folder, monkeypatch):
    monkeypatch.setattr(shapes, '_VERSION', 99)
    with pytest.raises(FileExistsError, match='other parameters'):
        generate_shapes_dataset(folder, **SETTINGS)


def test_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / 'thesis.txt').write_text('mine')
    with pytest.raises(FileExistsError, match='is not empty'):
        generate_shapes_dataset(tmp_path, **SETTINGS)
    assert [path.name for path in tmp_path.iterdir()] == ['thesis.txt']


def test_file_in_place_of_the_folder_is_refused(tmp_path):
    file = tmp_path / 'shapes'
    file.write_text('')
    with pytest.raises(FileExistsError, match='is a file'):
        generate_shapes_dataset(file, **SETTINGS)


def test_broken_manifest_is_refused(folder):
    (folder / 'shapes.json').write_text('{"seed": ')
    with pytest.raises(FileExistsError, match='not readable'):
        generate_shapes_dataset(folder, **SETTINGS)


def test_manifest_holds_the_parameters(folder):
    manifest = json.loads((folder / 'shapes.json').read_text())
    assert manifest['seed'] == 0
    assert manifest['size'] == 64
    assert manifest['counts'] == {'train': 3, 'val': 2}


@pytest.mark.parametrize(
    ('name', 'value'),
    [('num_train', 0), ('num_val', 0), ('size', 63), ('seed', -1)],
)
def test_small_numbers_are_refused(tmp_path, name, value):
    with pytest.raises(ValueError, match=f'{name} is {value}'):
        generate_shapes_dataset(tmp_path / 'out', **{**SETTINGS, name: value})
    assert not (tmp_path / 'out').exists()


def test_failed_writing_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(cv2, 'imwrite', lambda *arguments: False)
    with pytest.raises(OSError, match='could not be written'):
        generate_shapes_dataset(tmp_path, **SETTINGS)


def test_tool_writes_and_prints_errors(tmp_path, monkeypatch, capsys):
    out_dir = str(tmp_path / 'shapes')
    command = ['tool', out_dir, '--num-train', '1', '--num-val', '1']
    for word in ('Wrote', 'Found'):
        monkeypatch.setattr(sys, 'argv', command)
        with pytest.raises(SystemExit, match='0'):
            runpy.run_path(str(TOOL), run_name='__main__')
        assert capsys.readouterr().out.endswith(
            f'{word} 1 training and 1 validation pictures of 160 x 160 '
            f'pixels in {out_dir}\n'
        )
    monkeypatch.setattr(sys, 'argv', [*command, '--seed', '-1'])
    with pytest.raises(SystemExit, match='2'):
        runpy.run_path(str(TOOL), run_name='__main__')
    assert 'error: seed is -1' in capsys.readouterr().err
