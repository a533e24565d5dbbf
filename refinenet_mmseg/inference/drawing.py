"""Class colors, colored label maps, overlays and legends."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib import font_manager
from mmseg.registry import TRANSFORMS
from PIL import Image, ImageDraw, ImageFont

from ..configs import use_strict_loading
from ..images import IGNORED_COLORS, IGNORED_LABEL

Palette = Sequence[Sequence[int]]

# A legend beside a small image may be higher than the image, up to this many
# lines, rather than spread over many columns.
MIN_LEGEND_LINES = 12


def read_image(path: str | Path) -> np.ndarray:
    """Read an image as RGB, (H, W, 3), upright as its EXIF tag says.

    Raises:
        OSError: If it is missing, damaged, or no image.
    """
    (step,) = use_strict_loading([dict(type='LoadImageFromFile')])
    image = TRANSFORMS.build(step)(dict(img_path=str(path)))['img']
    return np.ascontiguousarray(image[..., ::-1])


def name_classes(
    num_classes: int, dataset_meta: dict[str, Any]
) -> tuple[list[str], Palette]:
    """Return the names and colors of a model's classes.

    Names or colors that do not fit the number of classes are replaced by
    ``class 0`` and so on, and by evenly spaced hues.

    Args:
        num_classes: Number of values that a label can take.
        dataset_meta: ``classes`` and ``palette`` (RGB, 0 to 255), as mmseg
            stores them; both may be missing.

    Returns:
        The names, and the colors in the same order.
    """
    names = dataset_meta.get('classes')
    palette: Any = dataset_meta.get('palette')
    if not isinstance(names, (list, tuple)) or len(names) != num_classes:
        names = [f'class {index}' for index in range(num_classes)]
        palette = None
    if not _is_palette(palette, num_classes):
        palette = _generate_palette(num_classes)
    return (
        [str(name) for name in names],
        [[int(value) for value in color] for color in palette],
    )


def _is_palette(palette: Any, num_classes: int) -> bool:
    try:
        colors = np.asarray(palette, float)
    except (TypeError, ValueError):
        return False
    is_color = (colors >= 0) & (colors <= 255)
    return colors.shape == (num_classes, 3) and bool(is_color.all())


def _generate_palette(num_classes: int) -> Palette:
    if num_classes <= 20:
        chosen = 'tab10' if num_classes <= 10 else 'tab20'
        colors = matplotlib.colormaps[chosen](np.arange(num_classes))
    else:
        colors = matplotlib.colormaps['turbo'](np.linspace(0, 1, num_classes))
    return (colors[:, :3] * 255).round().astype(int).tolist()


def palette_image(labels: np.ndarray, palette: Palette) -> Image.Image:
    """Convert a label map to a palette image whose values are the labels.

    Args:
        labels: Class indices, (H, W), 0 to 255.
        palette: RGB colors of the classes, at most 256.

    Returns:
        An image of mode ``P``; labels without a color are black.
    """
    image = Image.fromarray(labels.astype(np.uint8))
    # All 256 entries: Pillow packs the pixels of a shorter palette into
    # fewer bits than 8, which other readers of label maps do not expect.
    colors: np.ndarray = np.zeros((256, 3), np.uint8)
    colors[: len(palette)] = palette
    image.putpalette(colors.tobytes())
    return image


def color_labels(labels: np.ndarray, palette: Palette) -> np.ndarray:
    """Color a label map, (H, W), as RGB; stripe its ignored pixels.

    Args:
        labels: Class indices, (H, W), or ``IGNORED_LABEL``.
        palette: RGB colors of the classes.

    Returns:
        The colors, (H, W, 3), 8 bit.
    """
    colors = np.array(palette_image(labels, palette).convert('RGB'))
    ignored = labels == IGNORED_LABEL
    y, x = np.nonzero(ignored)
    stripe_width = max(2, max(labels.shape) // 80)
    stripes = np.array(IGNORED_COLORS, np.uint8)
    colors[ignored] = stripes[(x + y) // stripe_width % 2]
    return colors


def draw_overlay(
    image: np.ndarray,
    labels: np.ndarray,
    names: Sequence[str],
    palette: Palette,
    opacity: float = 0.5,
) -> Image.Image:
    """Blend the classes' colors into an image, with a legend beside it.

    Args:
        image: RGB, (H, W, 3), 0 to 255.
        labels: Class indices, (H, W).
        names: Names of the classes.
        palette: RGB colors of the classes.
        opacity: Share of the colors in the blend, 0 to 1. Default: 0.5.

    Returns:
        The blend at the top left and, to its right, the classes present with
        their share of the pixels, largest first.
    """
    colors = palette_image(labels, palette).convert('RGB')
    blend = Image.blend(Image.fromarray(image), colors, opacity)
    shares = np.bincount(labels.ravel(), minlength=len(names)) / labels.size
    legend = draw_legend(
        names,
        palette,
        font_size=min(max(blend.height // 28, 13), 40),
        height=blend.height,
        shares=shares.tolist(),
    )
    height = max(blend.height, legend.height)
    canvas = Image.new('RGB', (blend.width + legend.width, height), 'white')
    canvas.paste(blend, (0, 0))
    canvas.paste(legend, (blend.width, 0))
    return canvas


def draw_legend(
    names: Sequence[str],
    palette: Palette,
    font_size: int,
    width: int | None = None,
    height: int | None = None,
    shares: Sequence[float] | None = None,
) -> Image.Image:
    """Draw the classes' colors and names, in columns of equal width.

    Args:
        names: Names of the classes. One more than there are colors is that
            of ignored pixels, which are striped.
        palette: RGB colors of the classes.
        font_size: Size of the names, in pixels.
        width: Pixels to fill with columns. Default: None, as few columns as
            the height takes.
        height: Pixels to fill with lines, ``MIN_LEGEND_LINES`` at least.
            Default: None, as few lines as the width takes.
        shares: Share of the pixels of each class. Only classes present are
            drawn, the largest first, with their shares. Default: None, all
            classes in order.
    """
    font = load_font(font_size)
    line, margin = round(font_size * 1.6), font_size
    # Over all classes, so that the overlays of a video have one width.
    name_width = max(int(font.getlength(name)) for name in names)
    column = font_size + font_size // 2 + name_width
    classes = list(range(len(names)))
    if shares is not None:
        column += font_size + int(font.getlength('100.0%'))
        classes = [c for c in classes if shares[c]]
        classes.sort(key=lambda c: -shares[c])
    if width is not None:
        columns = max(1, (width - margin) // (column + margin))
    else:
        lines = ((height or 0) - 2 * margin) // line
        columns = math.ceil(len(classes) / max(lines, MIN_LEGEND_LINES))
    # Equal columns, rather than a last one with a single line.
    lines = math.ceil(len(classes) / columns)

    legend = Image.new(
        'RGB',
        (margin + columns * (column + margin), 2 * margin + lines * line),
        'white',
    )
    pen = ImageDraw.Draw(legend)
    ignored = np.full((font_size, font_size), IGNORED_LABEL)
    stripes = Image.fromarray(color_labels(ignored, palette))
    for position, c in enumerate(classes):
        left = margin + position // lines * (column + margin)
        middle = margin + (position % lines) * line + line // 2
        top = middle - font_size // 2
        legend.paste(stripes, (left, top))
        pen.rectangle(
            (left, top, left + font_size, top + font_size),
            fill=tuple(palette[c]) if c < len(palette) else None,
            outline='black',
        )
        text_left = left + font_size + font_size // 2
        pen.text((text_left, middle), names[c], 'black', font, anchor='lm')
        if shares is not None:
            pen.text(
                (left + column, middle),
                _format_share(shares[c]),
                'black',
                font,
                anchor='rm',
            )
    return legend


def load_font(size: int) -> ImageFont.FreeTypeFont:
    """Load the font of legends and titles.

    It is matplotlib's own: Pillow's default lacks most of Unicode.

    Args:
        size: Its size in pixels.
    """
    return ImageFont.truetype(font_manager.findfont('DejaVu Sans'), size)


def _format_share(share: float) -> str:
    return '< 0.1%' if share < 0.001 else f'{share:.1%}'
