import pytest
import torch

from refinenet_mmseg.models.decode_heads.wiring import (
    check_backbone_levels,
    check_wiring,
    compute_block_channels,
    default_wiring,
    resolve_block_parts,
    resolve_input_paths,
    resolve_path_channels,
)


def test_the_coarsest_path_is_twice_as_wide():
    assert resolve_path_channels(None, [64, 128, 256, 512], 256) == (
        256,
        256,
        256,
        512,
    )
    assert resolve_path_channels(None, [64], 256) == (256,)


def test_widths_that_are_given_stay():
    assert resolve_path_channels((8, 16), [64, 128], 256) == (8, 16)
    with pytest.raises(ValueError, match=r'\[8\].* 2 paths'):
        resolve_path_channels((8,), [64, 128], 256)


def test_paths_are_the_first_levels():
    given = resolve_input_paths((64, 128), None, 'multiple_select')
    assert given == ([64, 128], [0, 1])


def test_default_wiring_runs_from_coarse_to_fine():
    assert default_wiring(4) == ((3,), (2,), (1,), (0,))


@pytest.mark.parametrize(
    ('wiring', 'path_channels', 'block_channels'),
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
def test_a_block_has_the_channels_of_its_narrowest_input(
    wiring, path_channels, block_channels
):
    check_wiring(wiring, len(path_channels))
    assert compute_block_channels(wiring, path_channels, 256) == block_channels


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


@pytest.mark.parametrize(
    'channels', [[64], [64, 128, 512], [256, 128, 64], [64, 256, 128]]
)
def test_levels_that_are_not_those_of_the_paths(channels):
    def levels(channels):
        return [torch.empty(1, count, 2, 2) for count in channels]

    check_backbone_levels(levels([64, 128, 256]), [0, 2], [64, 256])
    with pytest.raises(ValueError, match=r'in_index=\[0, 2\]'):
        check_backbone_levels(levels(channels), [0, 2], [64, 256])


def test_levels_without_pixels():
    levels = [torch.empty(1, 64, 3, 2), torch.empty(1, 128, 0, 1)]
    check_backbone_levels(levels, [0], [64])
    with pytest.raises(ValueError, match=r'\(0, 1\).* larger images'):
        check_backbone_levels(levels, [0, 1], [64, 128])


def test_one_config_is_for_all_blocks():
    parts = resolve_block_parts(2, unit=None, fusion={}, pooling=dict(a=1))
    assert parts == [dict(unit=None, fusion={}, pooling=dict(a=1))] * 2


def test_a_list_of_configs_is_for_the_blocks_in_order():
    parts = resolve_block_parts(
        2, unit=(dict(a=1), None), fusion={}, pooling=[None, dict(b=2)]
    )
    assert parts == [
        dict(unit=dict(a=1), fusion={}, pooling=None),
        dict(unit=None, fusion={}, pooling=dict(b=2)),
    ]


@pytest.mark.parametrize(
    ('name', 'config', 'message'),
    [
        ('pooling', [{}], r'pooling .* wiring has 2 blocks, got 1 entries'),
        ('unit', [], r'unit .* wiring has 2 blocks, got 0 entries'),
        ('fusion', [{}] * 3, r'fusion .* wiring has 2 blocks, got 3 entries'),
        ('pooling', 'ab', r"pooling must be a dict or None, .* got 'ab'"),
        ('pooling', False, r'pooling must be a dict or None, .* got False'),
        ('unit', [{}, 'ab'], r"unit\[1\] must be a dict or None, got 'ab'"),
        ('fusion', None, r'fusion must be a dict, .* got None'),
        ('fusion', [{}, None], r'fusion\[1\] must be a dict, got None'),
    ],
)
def test_names_the_part_that_has_no_config_per_block(name, config, message):
    parts = {**dict(unit={}, fusion={}, pooling={}), name: config}
    with pytest.raises(ValueError, match=message):
        resolve_block_parts(2, **parts)
