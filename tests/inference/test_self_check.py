import pytest
import torch
from torch import nn

from refinenet_mmseg.inference.self_check import (
    SMALL,
    check_logits,
    draw_images,
    is_close,
    run_on_small_images,
)


class Network(nn.Module):
    def __init__(self, sizes=None, output=None):
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 1)
        self.sizes, self.output = sizes, output

    def _forward(self, images):
        if self.sizes and images.shape[2:] not in self.sizes:
            raise AssertionError('wrong size')
        logits = self.conv(images)
        return logits if self.output is None else self.output(logits)


def test_images_are_small_and_the_same_each_time():
    network = Network()
    state = torch.get_rng_state()
    images, logits = run_on_small_images(network)
    assert images.shape == (2, 3, *SMALL)
    assert torch.equal(logits, network.conv(images))
    assert not logits.requires_grad
    assert torch.equal(images, run_on_small_images(network)[0])
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ('test_cfg', 'img_size', 'size'),
    [
        (dict(mode='slide', crop_size=(96, 48)), None, (96, 48)),
        (dict(mode='whole'), (48, 96), (48, 96)),
        (None, 48, (48, 48)),
        (None, [48, 96], (48, 96)),
        (None, None, (224, 224)),
        (None, None, (512, 512)),
    ],
)
def test_networks_for_other_sizes(test_cfg, img_size, size):
    network = Network([size])
    network.conv.img_size = img_size
    network.test_cfg = test_cfg
    images, _ = run_on_small_images(network)
    assert images.shape == (1, 3, *size)


def test_no_size_is_taken():
    network = Network([(1, 1)])
    network.img_size = 96
    with pytest.raises(
        ValueError,
        match=r'\(64x128, 96x96, 224x224, 512x512\): AssertionError: wrong',
    ):
        run_on_small_images(network)


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_networks_that_are_not_finite_themselves(value):
    network = Network(output=lambda logits: logits * value)
    with pytest.raises(ValueError, match=r'itself computes NaN.*diverged'):
        run_on_small_images(network)


def test_networks_that_return_more_than_logits():
    network = Network(output=lambda logits: (logits, None))
    with pytest.raises(ValueError, match='returns tuple, not logits'):
        run_on_small_images(network)


@pytest.mark.parametrize('size', [1e-6, 1.0, 1e6])
@pytest.mark.parametrize('value', [1.01, float('nan'), float('inf')])
def test_differences_are_relative(size, value):
    expected = draw_images((1, 2, 4, 4), 'cpu') * size
    assert is_close(expected * 1.0001, expected)
    computed = expected.clone()
    computed[expected.abs() == expected.abs().max()] *= value
    assert not is_close(computed, expected)


def test_zeros_are_close_to_zeros():
    zeros = torch.zeros(1, 2, 4, 4)
    assert is_close(zeros, zeros)
    assert not is_close(zeros + 1e-9, zeros)


def test_the_message_has_difference_and_remedy():
    network = Network(output=lambda logits: logits * 0 + 5)
    images = draw_images((1, 3, 4, 4), 'cpu')
    expected = torch.full((1, 2, 4, 4), 3.0)
    with pytest.raises(
        ValueError, match=r'by up to 2, where the largest is 3.*--fast'
    ):
        check_logits(network, images, expected)
