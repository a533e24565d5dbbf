import re
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from refinenet_mmseg.datasets import PascalPersonPartDataset
from refinenet_mmseg.datasets.converters import pascal_person_part
from refinenet_mmseg.datasets.converters.pascal_person_part import (
    PART_LABELS,
    convert_pascal_person_part,
    read_person_parts,
)

TOOL = (
    Path(__file__).parents[3]
    / 'tools/dataset_converters/pascal_person_part.py'
)
# By class, in the order of the label values.
MERGED = {
    'head': 'head hair nose mouth leye reye lebrow rebrow lear rear',
    'torso': 'torso neck',
    'upper arms': 'luarm ruarm',
    'lower arms': 'llarm rlarm lhand rhand',
    'upper legs': 'luleg ruleg',
    'lower legs': 'llleg rlleg lfoot rfoot',
}
NAMES = {'train': ['2008_000008', '2008_000036'], 'val': ['2008_000003']}
SHAPE = (5, 7)


def region(rows, columns):
    mask = np.zeros(SHAPE, bool)
    mask[rows, columns] = True
    return mask


def thing(kind, parts, mask=None):
    """Make one of the annotated objects, its parts as (name, mask)."""
    return kind, np.ones(SHAPE, bool) if mask is None else mask, parts


def save_annotation(path, things):
    """Write the structs as MATLAB does: arrays of 1 x N, masks logical."""
    objects = np.zeros(
        (1, len(things)),
        [(name, object) for name in ('class', 'class_ind', 'mask', 'parts')],
    )
    for index, (kind, mask, parts) in enumerate(things):
        # MATLAB's [] where there are no parts
        structs = np.zeros((0, 0))
        if parts:
            structs = np.zeros(
                (1, len(parts)), [('part_name', object), ('mask', object)]
            )
            structs[0] = parts
        objects[0, index] = (kind, 15.0, mask, structs)
    path.parent.mkdir(parents=True, exist_ok=True)
    annotation = {'imname': path.stem, 'objects': objects}
    savemat(path, {'anno': annotation}, do_compression=True)


@pytest.fixture
def read(tmp_path):
    def write_and_read(*things):
        path = tmp_path / 'one.mat'
        save_annotation(path, things)
        return read_person_parts(path)

    return write_and_read


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Make a download of three images."""
    counts = {split: len(names) for split, names in NAMES.items()}
    monkeypatch.setattr(pascal_person_part, 'COUNTS', counts)
    folder = tmp_path / 'source'
    images = folder / 'VOCdevkit/VOC2010/JPEGImages'
    lists = folder / 'pascal_person_part/pascal_person_part_trainval_list'
    for path in (images, lists):
        path.mkdir(parents=True)
    for split, names in NAMES.items():
        (lists / f'{split}_id.txt').write_text('\n'.join([*names, '']))
        for name in names:
            Image.new('RGB', SHAPE[::-1]).save(images / f'{name}.jpg')
            save_annotation(
                folder / 'Annotations_Part' / f'{name}.mat',
                [thing('person', [('torso', region(slice(3), 2))])],
            )
    return folder


@pytest.mark.parametrize('name', PART_LABELS)
def test_every_part_has_its_class(read, name):
    labels = read(thing('person', [(name, region(2, slice(1, 3)))]))
    classes = PascalPersonPartDataset.METAINFO['classes']
    assert labels.shape == SHAPE
    assert name in MERGED[classes[labels[2, 1]]].split()
    # Pixels of the person without a part are background.
    assert np.count_nonzero(labels) == 2


def test_parts_and_classes_are_complete():
    parts = ' '.join(MERGED.values()).split()
    assert sorted(parts) == sorted(PART_LABELS)
    assert len(parts) == 24
    classes = PascalPersonPartDataset.METAINFO['classes']
    assert ('background', *MERGED) == classes


def test_later_parts_cover_earlier_ones(read):
    head, hand = region(1, slice(4)), region(1, slice(2, 6))
    labels = read(thing('person', [('head', head), ('lhand', hand)]))
    assert labels[1].tolist() == [1, 1, 4, 4, 4, 4, 0]
    labels = read(thing('person', [('lhand', hand), ('head', head)]))
    assert labels[1].tolist() == [1, 1, 1, 1, 4, 4, 0]


def test_later_persons_cover_earlier_ones(read):
    labels = read(
        thing('person', [('torso', region(slice(5), slice(4)))]),
        thing('person', [('ruleg', region(slice(5), slice(2, 7)))]),
    )
    assert labels.tolist() == 5 * [[2, 2, 5, 5, 5, 5, 5]]


def test_only_parts_of_persons_count(read):
    labels = read(
        thing('dog', [('muzzle', region(0, 0))]),
        thing('person', [('neck', region(1, 1)), ('lfoot', region(4, 6))]),
        thing('person', []),
        thing('horse', [('head', region(1, 1))]),
        thing('boat', []),
    )
    assert np.argwhere(labels).tolist() == [[1, 1], [4, 6]]
    assert (labels[1, 1], labels[4, 6]) == (2, 6)


def test_person_without_parts_is_background(read):
    assert not read(thing('person', [])).any()


def test_unknown_part_is_named_with_the_file(read, tmp_path):
    with pytest.raises(ValueError, match="part 'tail' of a person") as error:
        read(thing('person', [('tail', region(0, 0))]))
    assert str(tmp_path / 'one.mat') in str(error.value)


def test_image_without_persons_is_refused(read):
    with pytest.raises(ValueError, match=r'one\.mat annotates no person'):
        read(thing('dog', [('head', region(0, 0))]))


def test_masks_of_other_sizes_are_refused(read):
    with pytest.raises(ValueError, match=r"'head' has the shape \(3, 4\)"):
        read(thing('person', [('head', np.ones((3, 4), bool))]))


@pytest.mark.parametrize(
    'content', [{'other': 1}, {'anno': 1}, {'anno': {'objects': {'x': 1}}}]
)
def test_other_matlab_files_are_refused(tmp_path, content):
    savemat(tmp_path / 'other.mat', content)
    with pytest.raises(ValueError, match=r'other\.mat'):
        read_person_parts(tmp_path / 'other.mat')


def cut(whole):
    return whole[: len(whole) // 2]


def change(whole):
    return whole[:200] + bytes([whole[200] ^ 255]) + whole[201:]


@pytest.mark.parametrize('damage', [cut, change, lambda whole: b'<html>'])
def test_damaged_annotation_is_refused(tmp_path, damage):
    path = tmp_path / 'one.mat'
    save_annotation(path, [thing('person', [('head', region(0, 0))])])
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(
        ValueError, match=r'one\.mat is not a complete MATLAB file'
    ):
        read_person_parts(path)


def test_absent_scipy_is_named_with_the_extra(read, monkeypatch):
    monkeypatch.setitem(sys.modules, 'scipy.io', None)
    with pytest.raises(ImportError, match=r"'\.\[datasets\]'"):
        read(thing('person', []))


def test_download_is_laid_out_for_the_data_set(source, tmp_path):
    out = tmp_path / 'out'
    assert convert_pascal_person_part(source, out, False) == 3
    for split, names in NAMES.items():
        data = PascalPersonPartDataset(
            data_root=str(out),
            data_prefix={
                'img_path': f'img_dir/{split}',
                'seg_map_path': f'ann_dir/{split}',
            },
        )
        assert len(data) == len(names)
    name = NAMES['val'][0]
    jpeg = (out / f'img_dir/val/{name}.jpg').read_bytes()
    raw = source / 'VOCdevkit/VOC2010/JPEGImages' / f'{name}.jpg'
    assert jpeg == raw.read_bytes()
    with Image.open(out / f'ann_dir/val/{name}.png') as labels:
        expected = 2 * region(slice(3), 2)
        assert np.asarray(labels).tolist() == expected.tolist()


def test_interrupted_conversion_continues(source, tmp_path):
    out = tmp_path / 'out'
    broken = source / 'Annotations_Part/2008_000036.mat'
    whole = broken.read_bytes()
    broken.write_bytes(cut(whole))
    with pytest.raises(ValueError, match='2008_000036'):
        convert_pascal_person_part(source, out, False)
    first = out / 'ann_dir/train/2008_000008.png'
    time = first.stat().st_mtime_ns
    broken.write_bytes(whole)
    assert convert_pascal_person_part(source, out, False) == 2
    assert first.stat().st_mtime_ns == time
    assert convert_pascal_person_part(source, out, False) == 0


@pytest.mark.parametrize('name', pascal_person_part.SOURCES)
def test_missing_download_is_named_with_its_address(source, tmp_path, name):
    (source / name).rename(tmp_path / 'elsewhere')
    with pytest.raises(FileNotFoundError) as error:
        convert_pascal_person_part(source, tmp_path / 'out', False)
    assert name in str(error.value)
    assert pascal_person_part.SOURCES[name].split(',')[0] in str(error.value)


@pytest.mark.parametrize(
    'path',
    [
        'VOCdevkit/VOC2010/JPEGImages/2008_000036.jpg',
        'Annotations_Part/2008_000036.mat',
    ],
)
def test_missing_files_are_named_before_writing(source, tmp_path, path):
    (source / path).unlink()
    with pytest.raises(FileNotFoundError, match='1 of 3') as error:
        convert_pascal_person_part(source, tmp_path / 'out', False)
    assert Path(path).name in str(error.value)
    assert not (tmp_path / 'out').exists()


def test_lists_of_another_length_are_refused(source, tmp_path, monkeypatch):
    monkeypatch.setattr(
        pascal_person_part, 'COUNTS', {'train': 1716, 'val': 1817}
    )
    with pytest.raises(ValueError, match="'train': 1716, 'val': 1817"):
        convert_pascal_person_part(source, tmp_path / 'out', False)


def test_image_of_another_size_is_refused(source, tmp_path):
    image = source / 'VOCdevkit/VOC2010/JPEGImages/2008_000036.jpg'
    Image.new('RGB', (8, 5)).save(image)
    with pytest.raises(ValueError, match='8x5') as error:
        convert_pascal_person_part(source, tmp_path / 'out', False)
    assert str(image) in str(error.value)


def test_tool_converts_and_prints_errors(
    source, tmp_path, monkeypatch, capsys
):
    out = tmp_path / 'out'
    monkeypatch.setattr(sys, 'argv', ['tool', str(source), '-o', str(out)])
    with pytest.raises(SystemExit, match='0'):
        runpy.run_path(str(TOOL), run_name='__main__')
    assert f'{out} is complete; 3 images are new' in capsys.readouterr().out
    monkeypatch.setattr(sys, 'argv', ['tool', str(tmp_path)])
    with pytest.raises(SystemExit, match='2'):
        runpy.run_path(str(TOOL), run_name='__main__')
    assert re.search(
        'error: .*lacks Annotations_Part', capsys.readouterr().err
    )
