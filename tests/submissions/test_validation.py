import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from support.submission_data import small_target

from refinenet_mmseg.datasets.pascal_voc import voc_colors
from refinenet_mmseg.submissions import ImageFile, validate_submission

NAMES = {
    'cityscapes': [
        'berlin_000000_000019_leftImg8bit',
        'berlin_000001_000019_leftImg8bit',
        'munich_000000_000019_leftImg8bit',
    ],
    'voc2012': ['2008_000006', '2008_000011', '2011_003276'],
    'ade20k': ['ADE_test_00000001', 'ADE_test_00000002', 'ADE_test_00000003'],
}
SIZE = 12, 8
VOC_FOLDER = 'results/VOC2012/Segmentation/comp6_test_cls/'
COLORS = np.ravel(voc_colors(range(256))).tolist()


def encode(labels, palette=None, file_format='PNG', mode=None, **options):
    image = Image.fromarray(np.asarray(labels, np.uint8))
    if palette is not None:
        image.putpalette(palette)
    if mode is not None:
        image = image.convert(mode)
    content = io.BytesIO()
    image.save(content, file_format, **options)
    return content.getvalue()


def good_files(name):
    target = small_target(name)
    generator = np.random.default_rng(0)
    palette = COLORS if name == 'voc2012' else None
    folder = VOC_FOLDER if name == 'voc2012' else ''
    return {
        f'{folder}{stem}.png': encode(
            generator.choice(target.labels, SIZE[::-1]), palette
        )
        for stem in NAMES[name]
    }


def zip_files(path, files):
    with zipfile.ZipFile(path, 'w') as packed:
        for name, content in files:
            packed.writestr(name, content)
    return path


def tar_files(path, files):
    with tarfile.open(path, 'w:gz') as packed:
        for name, content in files:
            info = name
            if not isinstance(name, tarfile.TarInfo):
                info = tarfile.TarInfo(name)
                info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return path


def check(path, name, target=None):
    images = [ImageFile(Path(f'{stem}.x'), SIZE) for stem in NAMES[name]]
    return validate_submission(path, target or small_target(name), images)


def check_files(tmp_path, name, files):
    """Check an archive; give all that is wrong in one line."""
    path = zip_files(tmp_path / 'a.zip', files.items())
    return '; '.join(check(path, name))


def first(files):
    return next(iter(files))


@pytest.mark.parametrize('name', NAMES)
def test_good_archive(tmp_path, name):
    assert check_files(tmp_path, name, good_files(name)) == ''


def test_good_archive_as_tar_makes_it(tmp_path):
    files = good_files('voc2012')
    for path in files:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(files[path])
    archive = tmp_path / 'a.tar.gz'
    with tarfile.open(archive, 'w:gz') as packed:
        packed.add(tmp_path / 'results', 'results')  # folders as well
        assert len(packed.getnames()) == 3 + 4
    assert check(archive, 'voc2012') == []


def test_missing_and_unknown_label_maps(tmp_path):
    files = good_files('ade20k')
    files['ADE_val_00000001.png'] = files.pop('ADE_test_00000002.png')
    assert check_files(tmp_path, 'ade20k', files) == (
        'ADE_val_00000001.png: the label map of no test image; '
        'ADE_test_00000002.png: missing'
    )


@pytest.mark.parametrize(
    'name', ['results.txt', '__MACOSX/._a.png', 'ADE_test_00000001.jpg']
)
def test_files_beside_the_label_maps(tmp_path, name):
    files = {**good_files('ade20k'), name: b''}
    wrong = check_files(tmp_path, 'ade20k', files)
    assert wrong == f'{name}: the label map of no test image'


def test_another_folder_is_found_in_every_name(tmp_path):
    files = {f'sub/{k}': v for k, v in good_files('cityscapes').items()}
    path = zip_files(tmp_path / 'a.zip', files.items())
    assert len(check(path, 'cityscapes')) == 2 * 3


def test_folder_of_nothing(tmp_path):
    files = {**good_files('cityscapes'), 'empty/': b''}
    wrong = check_files(tmp_path, 'cityscapes', files)
    assert wrong == 'empty/: a folder of nothing expected'


def test_the_other_competitions_folder(tmp_path):
    path = zip_files(tmp_path / 'a.zip', good_files('voc2012').items())
    wrong = check(path, 'voc2012', small_target('voc2012', 'comp5'))
    assert len(wrong) == 2 * 3
    assert 'comp5_test_cls/2008_000006.png: missing' in wrong[3]


@pytest.mark.filterwarnings('ignore:Duplicate name')
def test_two_entries_of_one_name(tmp_path):
    files = list(good_files('cityscapes').items())
    path = zip_files(tmp_path / 'a.zip', [*files, files[1]])
    assert check(path, 'cityscapes') == [
        f'{files[1][0]}: 2 entries of this name'
    ]


@pytest.mark.parametrize(
    'name',
    [
        '../a.png',
        'a/../../b.png',
        '/etc/a.png',
        'a\\..\\..\\b.png',
        'C:/a.png',
        '..',
    ],
)
@pytest.mark.parametrize('pack', [zip_files, tar_files])
def test_paths_that_lead_out(tmp_path, pack, name):
    suffix = '.zip' if pack is zip_files else '.tgz'
    files = [*good_files('voc2012').items(), (name, b'')]
    path = pack(tmp_path / f'a{suffix}', files)
    assert check(path, 'voc2012') == [f'{name}: leads out of the archive']


@pytest.mark.parametrize('kind', [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_in_a_tar(tmp_path, kind):
    files = good_files('voc2012')
    link = tarfile.TarInfo(first(files))
    link.type, link.linkname = kind, '/etc/passwd'
    files.pop(first(files))
    path = tar_files(tmp_path / 'a.tgz', [*files.items(), (link, b'')])
    assert check(path, 'voc2012') == [
        f'{link.name}: neither a file nor a folder',
        f'{link.name}: missing',
    ]


def test_link_in_a_zip(tmp_path):
    files = good_files('ade20k')
    link = zipfile.ZipInfo(first(files))
    link.create_system, link.external_attr = 3, 0o120777 << 16
    files.pop(first(files))
    path = zip_files(
        tmp_path / 'a.zip', [*files.items(), (link, '/etc/passwd')]
    )
    assert check(path, 'ade20k') == [
        f'{link.filename}: neither a file nor a folder',
        f'{link.filename}: missing',
    ]


GRAY = np.full(SIZE[::-1], 7)
VOC = np.full(SIZE[::-1], 20)
PNG = encode(GRAY)


@pytest.mark.parametrize(
    ('name', 'content', 'wrong'),
    [
        ('cityscapes', b'', 'no PNG file'),
        ('cityscapes', encode(GRAY, file_format='JPEG'), 'no PNG file'),
        ('cityscapes', b'x' + PNG, 'no PNG file'),
        ('cityscapes', PNG[:20], 'no PNG file'),
        ('cityscapes', PNG[:40], 'damaged'),
        ('cityscapes', PNG[:50] + b'????' + PNG[54:], 'damaged'),
        ('cityscapes', encode(GRAY, mode='RGB'), '8-bit RGB image, not'),
        ('cityscapes', encode(GRAY, mode='RGBA'), '8-bit RGB with transp'),
        ('cityscapes', encode(GRAY, mode='LA'), '8-bit grayscale with tr'),
        ('cityscapes', encode(GRAY, mode='I;16'), '16-bit grayscale image'),
        ('cityscapes', encode(GRAY, mode='1'), '1-bit grayscale image'),
        ('cityscapes', encode(GRAY, COLORS), '8-bit palette image, not 8-'),
        ('cityscapes', encode(GRAY.T), '8x12 pixels, its image has 12x8'),
        ('cityscapes', encode(GRAY[:4]), '12x4 pixels, its image has 12x8'),
        (
            'cityscapes',
            encode(GRAY * 0),
            'label values [0], wh',
        ),
        ('cityscapes', encode(GRAY * 0 + 255), 'label values [255], wh'),
        (
            'cityscapes',
            encode(GRAY + [9] * 12),
            'label values [16], wh',
        ),
        (
            'ade20k',
            encode(GRAY * 0),
            'label values [0], wh',
        ),
        (
            'ade20k',
            encode(GRAY * 0 + 151),
            'label values [151], wh',
        ),
        ('voc2012', encode(VOC), '8-bit grayscale image, not 8-bit palette'),
        ('voc2012', encode(VOC, COLORS, bits=4), '4-bit palette image'),
        ('voc2012', encode(VOC, COLORS[::-1]), 'a palette other than'),
        ('voc2012', encode(VOC, COLORS[:60]), 'a palette other than'),
        (
            'voc2012',
            encode(VOC + 1, COLORS),
            'label values [21], wh',
        ),
        (
            'voc2012',
            encode(VOC + 235, COLORS),
            'label values [255], wh',
        ),
    ],
    ids=lambda value: 'file' if isinstance(value, bytes) else value,
)
def test_wrong_label_map(tmp_path, name, content, wrong):
    files = good_files(name)
    member = list(files)[1]
    files[member] = content
    found = check_files(tmp_path, name, files)
    assert found.startswith(f'{member}: {wrong}')
    assert ';' not in found  # nothing else


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(NAMES)),
    values=st.lists(st.integers(0, 255), min_size=1, max_size=6),
    position=st.integers(0, 89),
)
def test_any_value_is_judged(tmp_path_factory, name, values, position):
    allowed = {
        'cityscapes': {*range(7, 34)} - {9, 10, 14, 15, 16, 18, 29, 30},
        'voc2012': {*range(21)},
        'ade20k': {*range(1, 151)},
    }[name]
    labels = np.full(96, 7 if name == 'cityscapes' else 1)
    labels[position : position + len(values)] = values
    files = good_files(name)
    palette = COLORS if name == 'voc2012' else None
    files[first(files)] = encode(labels.reshape(8, 12), palette)
    found = check_files(tmp_path_factory.mktemp('any'), name, files)
    others = sorted(set(values) - allowed)
    expected = f': label values {others[:5]}, which' if others else ''
    assert expected in found
    assert bool(found) == bool(others)


def test_damage_to_the_archive_itself(tmp_path):
    files = good_files('cityscapes')
    path = zip_files(tmp_path / 'a.zip', files.items())
    content = path.read_bytes()
    path.write_bytes(content[:-30])
    (wrong,) = check(path, 'cityscapes')
    assert wrong.startswith('a.zip: cannot be read as an archive')
    # A flipped byte of a label map, which the zip's checksum finds
    position = content.index(b'IDAT') + 8
    flipped = bytes([content[position] ^ 1])
    path.write_bytes(content[:position] + flipped + content[position + 1 :])
    (wrong,) = check(path, 'cityscapes')
    assert wrong.startswith(f'{first(files)}: damaged (Bad CRC')


def test_damage_to_a_tar(tmp_path):
    path = tar_files(tmp_path / 'a.tgz', good_files('voc2012').items())
    path.write_bytes(path.read_bytes()[:-40])
    (wrong,) = check(path, 'voc2012')
    assert wrong.startswith('a.tgz: cannot be read as an archive')


@pytest.mark.parametrize('pack', [zip_files, tar_files])
def test_archive_of_another_kind_than_its_suffix(tmp_path, pack):
    suffix = '.tgz' if pack is zip_files else '.zip'
    path = pack(tmp_path / f'a{suffix}', good_files('voc2012').items())
    (wrong,) = check(path, 'voc2012')
    assert wrong.startswith(f'a{suffix}: cannot be read as an archive')


def test_suffix_that_the_server_does_not_take(tmp_path):
    path = tar_files(tmp_path / 'a.tgz', good_files('ade20k').items())
    assert check(path, 'ade20k') == [
        'a.tgz: ADE20K takes archives of the suffix .zip'
    ]


def test_encrypted_entry(tmp_path):
    files = good_files('ade20k')
    path = zip_files(tmp_path / 'a.zip', files.items())
    content = bytearray(path.read_bytes())
    # The flag of encryption, in the directory's first entry and in its own
    for signature, offset in ((b'PK\x01\x02', 8), (b'PK\x03\x04', 6)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(content)
    (wrong,) = check(path, 'ade20k')
    assert wrong.startswith(f'{first(files)}: damaged')
    assert 'encrypted' in wrong


def test_header_that_promises_a_huge_image(tmp_path):
    """Refused by its size, before any memory is taken for its pixels."""
    header = struct.pack('>IIBBBBB', 10**6, 10**6, 8, 0, 0, 0, 0)
    chunk = b'IHDR' + header
    crc = struct.pack('>I', zlib.crc32(chunk))
    huge = PNG[:8] + struct.pack('>I', 13) + chunk + crc + PNG[33:]
    files = good_files('cityscapes')
    files[first(files)] = huge
    found = check_files(tmp_path, 'cityscapes', files)
    assert found == (
        f'{first(files)}: 1000000x1000000 pixels, its image has 12x8'
    )


def test_missing_archive(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'no such archive: .*a\.zip'):
        check(tmp_path / 'a.zip', 'ade20k')
