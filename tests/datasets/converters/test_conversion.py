import numpy as np
import pytest
from PIL import Image

from refinenet_mmseg.atomic_io import partial_path
from refinenet_mmseg.datasets.converters.conversion import (
    Pair,
    check_sources,
    write_pairs,
)

COUNTS = {'train': 2, 'val': 1}
VALUES = {0, 1, 2, 255}


def pixels(seed):
    generator = np.random.default_rng(seed)
    image = generator.integers(0, 256, (5, 7, 3), np.uint8)
    labels = generator.choice([0, 1, 2, 255], (5, 7))
    return image, labels


def make_pairs():
    return [
        Pair(split, name, lambda seed=seed: pixels(seed))
        for seed, (split, name) in enumerate(
            [('train', 'a'), ('val', 'a'), ('train', 'b')]
        )
    ]


def convert(pairs, out_dir, suffix='.png', counts=COUNTS):
    return write_pairs(
        pairs, out_dir, suffix, counts, VALUES, show_progress=False
    )


def files(folder):
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in folder.rglob('*')
        if path.is_file()
    }


def read(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_writes_mmsegs_layout(tmp_path):
    assert convert(make_pairs(), tmp_path) == 3
    assert set(files(tmp_path)) == {
        f'{kind}_dir/{name}.png'
        for kind in ('img', 'ann')
        for name in ('train/a', 'train/b', 'val/a')
    }
    image, labels = pixels(2)
    np.testing.assert_array_equal(
        read(tmp_path / 'img_dir/train/b.png'), image
    )
    written = read(tmp_path / 'ann_dir/train/b.png')
    np.testing.assert_array_equal(written, labels)
    assert written.dtype == np.uint8


def test_copies_files_as_they_are(tmp_path):
    image, labels = pixels(0)
    source = tmp_path / 'source.jpg'
    Image.fromarray(image).save(source)
    pair = Pair('train', 'a', lambda: (source, labels))
    convert([pair], tmp_path / 'out', '.jpg', {'train': 1})
    copy = tmp_path / 'out/img_dir/train/a.jpg'
    assert copy.read_bytes() == source.read_bytes()


def test_second_call_writes_nothing(tmp_path):
    convert(make_pairs(), tmp_path)
    before = files(tmp_path)
    assert convert(make_pairs(), tmp_path) == 0
    assert files(tmp_path) == before


@pytest.mark.parametrize('lost', ['img_dir/val/a.png', 'ann_dir/val/a.png'])
def test_pair_that_lacks_a_file_is_written_again(tmp_path, lost):
    convert(make_pairs(), tmp_path)
    before = files(tmp_path)
    (tmp_path / lost).unlink()
    assert convert(make_pairs(), tmp_path) == 1
    assert set(files(tmp_path)) == set(before)
    kept = 'ann_dir/train/b.png'
    assert files(tmp_path)[kept] == before[kept]


@pytest.mark.parametrize('after', [1, 2, 3])
def test_continues_where_it_was_interrupted(tmp_path, monkeypatch, after):
    """Written in order are image and label of a, then those of b."""
    saved = []
    save = Image.Image.save

    def interrupt(image, path, *arguments):
        if len(saved) == after:
            path.write_bytes(b'half a file')
            raise KeyboardInterrupt
        saved.append(path)
        save(image, path, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Image.Image, 'save', interrupt)
        with pytest.raises(KeyboardInterrupt):
            convert(make_pairs(), tmp_path)
    left = files(tmp_path)
    assert len(left) == after
    assert not any('partial' in name for name in left)
    assert convert(make_pairs(), tmp_path) == 3 - after // 2


def test_leftover_of_a_killed_call_is_replaced(tmp_path):
    folder = tmp_path / 'ann_dir' / 'train'
    folder.mkdir(parents=True)
    partial_path(folder / 'a.png').write_bytes(b'half a file')
    convert(make_pairs(), tmp_path)
    assert len(files(tmp_path)) == 6


def test_other_number_of_images_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"'train': 1.*published.*'train': 2"):
        convert(make_pairs()[:2], tmp_path)
    assert not files(tmp_path)


def test_repeated_name_is_refused(tmp_path):
    first, second, _ = make_pairs()
    with pytest.raises(ValueError, match='train/a more than once'):
        convert([first, second, first], tmp_path)


def test_folder_of_other_files_is_refused(tmp_path):
    other = tmp_path / 'img_dir' / 'train' / 'holiday.png'
    other.parent.mkdir(parents=True)
    other.write_text('')
    with pytest.raises(FileExistsError, match=r'holiday\.png.*another folder'):
        convert(make_pairs(), tmp_path)
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize('value', [3, 254, -1, 1.5, 256])
def test_other_label_value_of_the_source_is_refused(tmp_path, value):
    image, labels = pixels(0)
    labels = labels.astype(type(value))
    labels[2, 3] = value
    pair = Pair('train', 'a', lambda: (image, labels))
    with pytest.raises(ValueError, match=rf'train/a.*\[{value}\]'):
        convert([pair], tmp_path, counts={'train': 1})
    assert not files(tmp_path)


def test_sizes_must_agree(tmp_path):
    image, labels = pixels(0)
    pair = Pair('train', 'a', lambda: (image, labels.T))
    with pytest.raises(ValueError, match=r'7x5 pixels.*the label map 5x7'):
        convert([pair], tmp_path, counts={'train': 1})
    assert not files(tmp_path)


def test_size_of_a_copied_file_must_agree(tmp_path):
    image, labels = pixels(0)
    source = tmp_path / 'source.jpg'
    Image.fromarray(image).save(source)
    pair = Pair('train', 'a', lambda: (source, labels.T))
    with pytest.raises(ValueError, match=r'source\.jpg.*7x5 pixels'):
        convert([pair], tmp_path / 'out', '.jpg', {'train': 1})


def test_label_map_of_one_axis_too_many_is_refused(tmp_path):
    image, _ = pixels(0)
    pair = Pair('train', 'a', lambda: (image, image))
    with pytest.raises(ValueError, match=r'shape \(5, 7, 3\), not \(H, W\)'):
        convert([pair], tmp_path, counts={'train': 1})


@pytest.mark.parametrize(
    'damage',
    [
        lambda content: b'',
        lambda content: content[:60],
        # the length of the pixels' chunk: another error of Pillow
        lambda content: content[:36] + b'\1' + content[37:],
    ],
)
@pytest.mark.parametrize('folder', ['img_dir', 'ann_dir'])
def test_damage_since_an_earlier_call_is_found(tmp_path, folder, damage):
    convert(make_pairs(), tmp_path)
    path = tmp_path / folder / 'val' / 'a.png'
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(OSError, match=r'val/a\.png is damaged.*delete it'):
        convert(make_pairs(), tmp_path)


def test_damaged_images_are_not_copied(tmp_path):
    image, labels = pixels(0)
    source = tmp_path / 'source.jpg'
    Image.fromarray(image).save(source)
    source.write_bytes(source.read_bytes()[:-20])
    pair = Pair('train', 'a', lambda: (source, labels))
    with pytest.raises(OSError, match=r'source\.jpg is damaged.*download'):
        convert([pair], tmp_path / 'out', '.jpg', {'train': 1})
    assert not list((tmp_path / 'out').rglob('*.jpg'))


def test_other_values_since_an_earlier_call_are_found(tmp_path):
    convert(make_pairs(), tmp_path)
    path = tmp_path / 'ann_dir' / 'val' / 'a.png'
    Image.fromarray(np.full((5, 7), 9, np.uint8)).save(path)
    with pytest.raises(ValueError, match=r'val/a\.png.*\[9\].*delete it'):
        convert(make_pairs(), tmp_path)


def test_other_size_since_an_earlier_call_is_found(tmp_path):
    convert(make_pairs(), tmp_path)
    path = tmp_path / 'ann_dir' / 'val' / 'a.png'
    Image.fromarray(np.zeros((7, 5), np.uint8)).save(path)
    with pytest.raises(ValueError, match=r'val/a\.png.*do not belong'):
        convert(make_pairs(), tmp_path)


def test_progress_is_shown(tmp_path, capsys):
    write_pairs(make_pairs(), tmp_path, '.png', COUNTS, VALUES)
    shown = capsys.readouterr().out
    assert 'Converting' in shown
    assert 'Verifying' in shown


def test_missing_sources_are_listed_by_download(tmp_path):
    (tmp_path / 'b').write_text('')
    sources = {'a': 'first.zip', 'b': 'second', 'c': 'third', 'd': 'first.zip'}
    with pytest.raises(FileNotFoundError) as error:
        check_sources(tmp_path, sources)
    assert str(error.value).endswith(
        'lacks a, d (download: first.zip); c (download: third)'
    )
    check_sources(tmp_path, {'b': 'second'})
