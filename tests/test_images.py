import pytest

from refinenet_mmseg.images import evenly_spaced, list_images


def test_lists_image_files_by_name(tmp_path):
    for name in ('b.PNG', 'a.jpg', 'notes.txt'):
        (tmp_path / name).touch()
    (tmp_path / 'folder.png').mkdir()
    (tmp_path / 'gone.png').symlink_to(tmp_path / 'nothing')
    names = [path.name for path in list_images(tmp_path)]
    assert names == ['a.jpg', 'b.PNG', 'gone.png']
    assert [path.name for path in list_images(tmp_path, ['.jpg'])] == ['a.jpg']


def test_a_folder_without_images_is_named(tmp_path):
    with pytest.raises(ValueError, match=rf'no \.jpg.* file in {tmp_path}'):
        list_images(tmp_path)


@pytest.mark.parametrize(
    ('total', 'count', 'chosen'),
    [
        (5, 3, [0, 2, 4]),
        (2, 8, [0, 1]),
        (4, 1, [0]),
        (0, 3, []),
        (3, 0, []),
    ],
)
def test_indices_are_evenly_spaced(total, count, chosen):
    assert evenly_spaced(total, count) == chosen
