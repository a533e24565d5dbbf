import re
from dataclasses import replace

import pytest
from PIL import Image
from support.submission_data import (
    FOLDERS,
    IMAGES,
    VOC,
    small_target,
    write_images,
)

from refinenet_mmseg.submissions import TARGETS, find_test_images, get_target


@pytest.mark.parametrize(
    ('name', 'num_images', 'num_classes', 'stem'),
    [
        ('cityscapes', 1525, 19, 'berlin_000000_000019_leftImg8bit'),
        ('voc2012', 1456, 21, '2008_000006'),
        ('ade20k', 3352, 150, 'ADE_test_00003352'),
    ],
)
def test_numbers_and_names(name, num_images, num_classes, stem):
    target = get_target(name)
    assert target.num_images == num_images
    assert len(target.classes) == len(target.labels) == num_classes
    assert len(set(target.labels)) == num_classes
    assert re.fullmatch(target.stem, stem)
    assert target.member(stem).endswith(f'{stem}.png')


@pytest.mark.parametrize(
    ('name', 'stem'),
    [
        ('cityscapes', 'berlin_000000_000019_gtFine_labelIds'),
        ('cityscapes', 'berlin_0_19_leftImg8bit'),
        ('voc2012', '000006'),
        ('ade20k', 'ADE_val_00000001'),
        ('ade20k', 'ADE_test_1'),
    ],
)
def test_names_of_other_files(name, stem):
    assert not re.fullmatch(TARGETS[name].stem, stem)


def test_competitions():
    folder = 'results/VOC2012/Segmentation/{}_test_cls/'
    assert get_target('voc2012').folder == folder.format('comp6')
    for name in ('comp5', 'comp6'):
        assert get_target('voc2012', name).folder == folder.format(name)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('camvid',), "no target 'camvid'; there are: cityscapes, voc2012"),
        (('voc2012', 'comp4'), "no competition 'comp4'; there are: comp5"),
        (('ade20k', 'comp6'), "ADE20K has no competitions; leave out 'comp6'"),
    ],
)
def test_unknown_names(arguments, message):
    with pytest.raises(ValueError, match=message):
        get_target(*arguments)


def find(root, name, trial=False):
    return find_test_images(small_target(name), root / FOLDERS[name], trial)


@pytest.mark.parametrize('name', sorted(IMAGES))
def test_finds_only_the_test_images(tmp_path, name):
    write_images(tmp_path, name)
    found = {image.path: image.size for image in find(tmp_path, name)}
    expected = {tmp_path / path: size for path, size in IMAGES[name].items()}
    assert found == expected
    assert list(found) == sorted(found)


def test_voc_without_its_list_takes_the_complete_folder(tmp_path):
    write_images(tmp_path, 'voc2012')
    (tmp_path / VOC / 'ImageSets/Segmentation/test.txt').unlink()
    with pytest.raises(ValueError, match=r'4 images in .*, 3 in the test'):
        find(tmp_path, 'voc2012')
    assert len(find(tmp_path, 'voc2012', trial=True)) == 4


def test_image_of_another_size(tmp_path):
    write_images(tmp_path, 'cityscapes')
    name = sorted(IMAGES['cityscapes'])[1]
    Image.new('RGB', (32, 16)).save(tmp_path / name)
    with pytest.raises(
        ValueError, match=r'berlin_000001.* has 32x16 pixels, not 64x32; use'
    ):
        find(tmp_path, 'cityscapes')
    assert find(tmp_path, 'cityscapes', trial=True)[1].size == (32, 16)


def test_foreign_name(tmp_path):
    write_images(tmp_path, 'ade20k')
    folder = tmp_path / FOLDERS['ade20k']
    Image.new('RGB', (4, 4)).save(folder / 'ADE_val_00000001.jpg')
    for trial in (False, True):
        with pytest.raises(
            ValueError, match=r'ADE_val_00000001\.jpg is no test image of ADE'
        ):
            find(tmp_path, 'ade20k', trial)


def test_two_images_of_one_name(tmp_path):
    write_images(tmp_path, 'cityscapes')
    path = tmp_path / next(iter(IMAGES['cityscapes']))
    again = path.parents[1] / 'again' / path.name
    again.parent.mkdir()
    again.write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match=r'again.* would share a label map'):
        find(tmp_path, 'cityscapes')


def test_listed_twice(tmp_path):
    write_images(tmp_path, 'voc2012')
    names = tmp_path / VOC / 'ImageSets/Segmentation/test.txt'
    names.write_text(names.read_text() * 2)
    with pytest.raises(ValueError, match='would share a label map'):
        find(tmp_path, 'voc2012')


def test_folder_without_images(tmp_path):
    (tmp_path / FOLDERS['ade20k']).mkdir(parents=True)
    with pytest.raises(ValueError, match=r'no \.jpg file in .*testing; name'):
        find(tmp_path, 'ade20k')


def test_file_that_is_no_image(tmp_path):
    write_images(tmp_path, 'ade20k')
    (tmp_path / next(iter(IMAGES['ade20k']))).write_text('no image')
    with pytest.raises(
        OSError, match=r'cannot read the image .*ADE_test_00000001\.jpg; down'
    ):
        find(tmp_path, 'ade20k')


def test_the_servers_own_number_is_asked_for(tmp_path):
    write_images(tmp_path, 'ade20k')
    target = replace(small_target('ade20k'), num_images=3352)
    with pytest.raises(ValueError, match=r'3 images in .*, 3,352 in the test'):
        find_test_images(target, tmp_path / FOLDERS['ade20k'])
