import pytest

from refinenet_mmseg.models.decode_heads.input_paths import (
    check_levels,
    check_paths,
    path_widths,
)


def test_the_coarsest_path_is_twice_as_wide():
    assert path_widths(None, [64, 128, 256, 512], 256) == (256, 256, 256, 512)
    assert path_widths(None, [64], 256) == (256,)


def test_widths_that_are_given_stay():
    assert path_widths((8, 16), [64, 128], 256) == (8, 16)
    with pytest.raises(ValueError, match=r'\[8\].* 2 paths'):
        path_widths((8,), [64, 128], 256)


def test_paths_are_the_first_levels():
    given = check_paths((64, 128), None, 'multiple_select')
    assert given == ([64, 128], [0, 1])


@pytest.mark.parametrize(
    'levels', [[64], [64, 128, 512], [256, 128, 64], [64, 256, 128]]
)
def test_levels_that_are_not_those_of_the_paths(levels):
    check_levels([64, 128, 256], [0, 2], [64, 256])
    with pytest.raises(ValueError, match=r'in_index=\[0, 2\]'):
        check_levels(levels, [0, 2], [64, 256])
