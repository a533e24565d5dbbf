from dataclasses import replace

import pytest
from PIL import Image
from support.miniatures import FOLDERS, IMAGES, VOC, small_target, write_images

from refinenet_mmseg.submissions import find_images


def find(root, name, trial=False):
    return find_images(small_target(name), root / FOLDERS[name], trial)


@pytest.mark.parametrize('name', sorted(IMAGES))
def test_finds_the_test_images_alone(tmp_path, name):
    write_images(tmp_path, name)
    found = {image.path: image.size for image in find(tmp_path, name)}
    expected = {tmp_path / path: size for path, size in IMAGES[name].items()}
    assert found == expected
    assert list(found) == sorted(found)


def test_voc_without_its_list_takes_the_whole_folder(tmp_path):
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
        find_images(target, tmp_path / FOLDERS['ade20k'])
