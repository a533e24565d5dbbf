import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from refinenet_mmseg.datasets import shapes_generator
from refinenet_mmseg.datasets.shapes_drawing import draw_picture
from refinenet_mmseg.datasets.shapes_generator import generate_shapes_dataset

SETTINGS = {'num_train': 3, 'num_val': 2, 'size': 64, 'show_progress': False}


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


def test_files_hold_the_pictures(folder):
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
    content = lost.read_bytes()
    lost.unlink()
    assert generate_shapes_dataset(folder, **SETTINGS)
    assert lost.read_bytes() == content


def test_interrupted_call_is_made_up_for(tmp_path, monkeypatch):
    def fail(seed, split, index, size):
        if split == 'val':
            raise KeyboardInterrupt
        return draw_picture(seed, split, index, size)

    with monkeypatch.context() as patch:
        patch.setattr(shapes_generator, 'draw_picture', fail)
        with pytest.raises(KeyboardInterrupt):
            generate_shapes_dataset(tmp_path, **SETTINGS)
    assert not (tmp_path / 'shapes.json').exists()
    assert generate_shapes_dataset(tmp_path, **SETTINGS)
    assert (tmp_path / 'shapes.json').exists()
    assert (tmp_path / 'img_dir' / 'val' / '0001.jpg').exists()


def test_interrupted_call_is_not_continued_with_other_parameters(
    tmp_path, monkeypatch
):
    def fail(seed, split, index, size):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shapes_generator, 'draw_picture', fail)
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
    monkeypatch.setattr(shapes_generator, '_VERSION', 99)
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


def test_manifest_tells_the_parameters(folder):
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


def test_generator_itself_needs_no_torch():
    # The packages above it register models and need torch; empty stand-ins
    # show what the generator alone imports.
    package = Path(shapes_generator.__file__).parents[1]
    script = f"""
import sys, types
for name, path in (
    ('refinenet_mmseg', {str(package)!r}),
    ('refinenet_mmseg.datasets', {str(package / 'datasets')!r}),
):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [path]
import refinenet_mmseg.datasets.shapes_generator
heavy = {{'torch', 'mmseg', 'mmengine', 'mmcv'}} & set(sys.modules)
sys.exit(f'imports {{heavy}}' if heavy else 0)
"""
    result = subprocess.run(
        [sys.executable, '-c', script], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
