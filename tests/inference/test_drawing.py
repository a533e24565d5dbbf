import numpy as np
import pytest
from PIL import Image
from support.networks import ORIENTATION_TAG, QUARTER_TURN

from refinenet_mmseg.inference.drawing import (
    IGNORED_COLORS,
    color_labels,
    draw_legend,
    draw_overlay,
    name_classes,
    palette_image,
    read_image,
)

NAMES = ['sky', 'road', 'tree']
PALETTE = [[10, 20, 30], [200, 100, 0], [0, 250, 5]]


def make_labels(height=60, width=80):
    labels = np.zeros((height, width), np.uint8)
    labels[height // 2 :] = 1
    return labels


def test_names_and_colors_that_fit_are_kept():
    meta = {'classes': tuple(NAMES), 'palette': np.array(PALETTE)}
    assert name_classes(3, meta) == (NAMES, PALETTE)


def test_missing_colors_are_generated_and_names_kept():
    meta = {'classes': NAMES, 'palette': None}
    names, palette = name_classes(3, meta)
    assert names == NAMES
    assert len(palette) == 3


def test_wrong_number_of_names_discards_their_colors_too():
    names, palette = name_classes(
        3, {'classes': ['a', 'b'], 'palette': PALETTE}
    )
    assert names == ['class 0', 'class 1', 'class 2']
    assert palette != PALETTE


@pytest.mark.parametrize('num_classes', [1, 10, 11, 20, 21, 150])
def test_generated_colors_differ(num_classes):
    _, palette = name_classes(num_classes, {})
    assert len({tuple(color) for color in palette}) == num_classes
    assert np.min(palette) >= 0
    assert np.max(palette) <= 255


def test_palette_image_holds_the_labels_and_shows_the_colors():
    labels = make_labels()
    labels[0, 0] = 255
    image = palette_image(labels, PALETTE)
    np.testing.assert_array_equal(np.array(image), labels)
    shown = np.array(image.convert('RGB'))
    assert shown[0, 1].tolist() == PALETTE[0]
    assert shown[-1, -1].tolist() == PALETTE[1]
    assert shown[0, 0].tolist() == [0, 0, 0]


def test_ignored_pixels_are_striped_and_no_others():
    labels = make_labels()
    labels[:20] = 255
    colors = color_labels(labels, PALETTE)
    stripes = np.unique(colors[:20].reshape(-1, 3), axis=0)
    assert stripes.tolist() == np.unique(IGNORED_COLORS, axis=0).tolist()
    assert np.unique(colors[40:].reshape(-1, 3), axis=0).tolist() == [
        PALETTE[1]
    ]


@pytest.mark.parametrize('opacity', [0.0, 0.25, 1.0])
def test_overlay_blends_the_colors(opacity):
    image = np.full((60, 80, 3), 100, np.uint8)
    labels = make_labels()
    overlay = draw_overlay(image, labels, NAMES, PALETTE, opacity)
    blend = np.array(overlay)[:60, :80].astype(float)
    expected = 100 * (1 - opacity) + np.array(PALETTE)[labels] * opacity
    error = np.abs(blend - expected).max(axis=2)
    assert error.max() <= 1


def has_color(picture, color):
    return bool((np.array(picture) == color).all(axis=2).any())


def test_legend_beside_the_image_shows_the_classes_present():
    # Opacity 0: the classes' colors can come from the legend only.
    image = np.full((300, 80, 3), 100, np.uint8)
    overlay = draw_overlay(image, make_labels(300), NAMES, PALETTE, 0.0)
    assert overlay.height == 300
    legend = overlay.crop((80, 0, overlay.width, overlay.height))
    assert has_color(legend, PALETTE[0])
    assert has_color(legend, PALETTE[1])
    assert not has_color(legend, PALETTE[2])


def test_legend_lists_the_largest_class_first():
    labels = make_labels(300)
    labels[100:] = 1
    overlay = np.array(
        draw_overlay(
            np.zeros((300, 80, 3), np.uint8), labels, NAMES, PALETTE, 0.0
        )
    )
    first_rows = [
        np.nonzero((overlay == color).all(axis=2).any(axis=1))[0][0]
        for color in PALETTE[:2]
    ]
    assert first_rows[1] < first_rows[0]


def test_overlays_of_different_classes_have_one_width():
    image = np.zeros((300, 80, 3), np.uint8)
    names = ['a', 'b', 'a very long name that is absent']
    widths = {
        draw_overlay(image, np.full((300, 80), label), names, PALETTE).width
        for label in range(3)
    }
    assert len(widths) == 1


def test_legend_higher_than_the_image_is_not_cut():
    image = np.zeros((8, 8, 3), np.uint8)
    overlay = draw_overlay(image, make_labels(8, 8), NAMES, PALETTE, 0.0)
    assert overlay.height > 8
    assert has_color(overlay, PALETTE[1])
    # White below the image, and below the legend's last line.
    assert (np.array(overlay)[8:, :8] == 255).all()
    assert (np.array(overlay)[-5:] == 255).all()


def test_legend_of_many_classes_fills_several_columns():
    names, palette = name_classes(60, {})
    labels = np.arange(60, dtype=np.uint8).repeat(1000).reshape(200, 300)
    overlay = draw_overlay(
        np.full((200, 300, 3), 255, np.uint8), labels, names, palette, 0.0
    )
    assert overlay.height < 350
    colors = {color for _, color in overlay.getcolors(2**24)}
    assert colors >= {tuple(color) for color in palette}


def test_legend_of_a_width_shows_all_classes_and_what_is_ignored():
    names, palette = name_classes(30, {})
    legend = draw_legend([*names, 'ignored'], palette, 20, width=900)
    assert 600 < legend.width <= 900
    assert all(has_color(legend, color) for color in palette)
    assert count_stripes(legend) > 300
    # Of one that is too narrow, no name is cut.
    narrow = draw_legend(names, palette, 20, width=10)
    assert narrow.width > 100
    assert count_stripes(narrow) < 100  # some in the edges of letters


def count_stripes(picture):
    pixels = np.array(picture)[..., None, :]
    return (pixels == IGNORED_COLORS).all(axis=-1).sum()


def test_reading_turns_an_image_upright_and_is_rgb(tmp_path):
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = QUARTER_TURN
    Image.new('RGB', (40, 30), (250, 0, 0)).save(tmp_path / 'a.png', exif=exif)
    image = read_image(tmp_path / 'a.png')
    assert image.shape == (40, 30, 3)
    assert image[0, 0].tolist() == [250, 0, 0]


@pytest.mark.parametrize('content', [b'', b'no image'])
def test_reading_other_files_names_them(tmp_path, content):
    (tmp_path / 'a.png').write_bytes(content)
    with pytest.raises(OSError, match=r'cannot read the image .*a\.png'):
        read_image(tmp_path / 'a.png')
