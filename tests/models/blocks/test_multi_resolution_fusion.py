import pytest
import torch
import torch.nn.functional as F
from torch import nn

from refinenet_mmseg.models import MultiResolutionFusion


@pytest.mark.parametrize('align_corners', [False, True])
def test_sums_the_upsampled_maps(align_corners):
    fusion = MultiResolutionFusion([4, 6], 4, align_corners)
    fine, coarse = torch.randn(2, 4, 9, 7), torch.randn(2, 6, 5, 4)
    first, second = fusion.convs
    expected = F.conv2d(fine, first.weight, padding=1) + F.interpolate(
        F.conv2d(coarse, second.weight, padding=1),
        (9, 7),
        mode='bilinear',
        align_corners=align_corners,
    )
    torch.testing.assert_close(fusion([fine, coarse]), expected)


def test_the_largest_height_and_width_may_come_from_two_maps():
    fusion = MultiResolutionFusion([2, 2], 2)
    tall, wide = torch.randn(1, 2, 8, 3), torch.randn(1, 2, 4, 9)
    assert fusion([tall, wide]).shape == (1, 2, 8, 9)


def test_plain_maps_have_no_convolution():
    fusion = MultiResolutionFusion([2, 2, 3], 2, num_plain=2)
    assert [type(conv) for conv in fusion.convs] == [
        nn.Identity,
        nn.Identity,
        nn.Conv2d,
    ]


@pytest.mark.parametrize(('widths', 'num_plain'), [([2, 3], 2), ([2], 2)])
def test_refuses_plain_maps_of_another_width(widths, num_plain):
    with pytest.raises(ValueError, match=f'num_plain={num_plain}'):
        MultiResolutionFusion(widths, 2, num_plain=num_plain)


def test_refuses_another_number_of_maps():
    with pytest.raises(ValueError, match='zip'):
        MultiResolutionFusion([2, 2], 2)([torch.randn(1, 2, 4, 4)])
