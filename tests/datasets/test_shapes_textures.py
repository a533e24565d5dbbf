import numpy as np
import pytest

from refinenet_mmseg.datasets.shapes_textures import contrast, random_texture


@pytest.fixture(scope='module')
def textures():
    generator = np.random.default_rng(0)
    return np.stack([random_texture(generator, 48) for _ in range(300)])


def test_no_color_is_clipped(textures):
    assert textures.min() >= 0
    assert textures.max() <= 255


def test_no_color_is_preferred(textures):
    means = textures.mean(axis=(1, 2)) - 127.5
    assert np.abs(means.mean(axis=0)).max() < 12
    covariance = np.cov(means.T)
    assert np.diag(covariance) == pytest.approx(80**2 / 3, rel=0.25)
    assert np.abs(covariance[~np.eye(3, dtype=bool)]).max() < 450


def test_surfaces_are_textured_but_keep_their_color(textures):
    deviations = textures.std(axis=(1, 2)).max(axis=1)
    assert deviations.min() > 1
    assert deviations.max() < 45


def test_contrast_is_the_distance_most_pixels_exceed():
    behind = np.zeros((10, 10, 3), np.float32)
    surface = behind.copy()
    surface[..., 0], surface[..., 1] = 30, 40
    mask = np.ones((10, 10), bool)
    assert contrast(surface, behind, mask) == pytest.approx(50)
    surface[0] = 0  # a tenth of the pixels may blend in
    assert contrast(surface, behind, mask) == pytest.approx(50)
    surface[1] = 0
    assert contrast(surface, behind, mask) == 0


def test_contrast_looks_at_the_mask_alone():
    behind = np.zeros((10, 10, 3), np.float32)
    surface = behind + 10
    mask = np.zeros((10, 10), bool)
    assert contrast(surface, behind, mask) == 0
    mask[3] = True
    surface[4:] = 0
    assert contrast(surface, behind, mask) == pytest.approx(300**0.5)
