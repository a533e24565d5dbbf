import pytest

from refinenet_mmseg.models.decode_heads.wiring import (
    block_widths,
    check_wiring,
    one_block_a_path,
)


def test_one_block_a_path_runs_from_coarse_to_fine():
    assert one_block_a_path(4) == ((3,), (2,), (1,), (0,))


@pytest.mark.parametrize(
    ('wiring', 'paths', 'widths'),
    [
        (((3,), (2,), (1,), (0,)), (256, 256, 256, 512), [512, 256, 256, 256]),
        (((3, 2), (1, 0)), (256, 256, 256, 512), [256, 256]),
        (((3, 2, 1, 0),), (256, 256, 256, 512), [256]),
        (
            ((3, 7), (2, 6), (1, 5), (0, 4)),
            (256, 256, 256, 512) * 2,
            [512, 256, 256, 256],
        ),
    ],
)
def test_a_block_works_at_its_smallest_width(wiring, paths, widths):
    check_wiring(wiring, len(paths))
    assert block_widths(wiring, paths, 256) == widths


@pytest.mark.parametrize(
    ('wiring', 'message'),
    [
        ((), 'every block needs a path'),
        (((1,), ()), 'every block needs a path'),
        (((2,), (0,), (1,)), r'names the paths \[2\].*2 paths, 0 to 1'),
        (((-1,), (0,)), r'names the paths \[-1\]'),
        (((1.0,), (0,)), r'names the paths \[1\.0\]'),
        (((1), (0)), r'a sequence of paths.*got \(1, 0\)'),
        (((1,), (1, 0)), r'uses \[1\] twice and leaves out none'),
        (((1,),), r'uses none twice and leaves out \[0\]'),
    ],
)
def test_refuses_wrong_wiring(wiring, message):
    with pytest.raises(ValueError, match=message):
        check_wiring(wiring, 2)
