"""Colors, blended overlays and their legends, for any label map."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import matplotlib
import mmcv
import numpy as np
from matplotlib import font_manager
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from mmseg.visualization import SegLocalVisualizer
from PIL import Image, ImageDraw, ImageFont

Palette = Sequence[Sequence[int]]

# A legend beside a small image may be higher than the image, up to this many
# lines, rather than spread over many columns.
MIN_LEGEND_LINES = 12
IGNORED_VALUE = 255
# Stripes, light and dark: some data sets give a class a plain gray.
IGNORED_COLORS = np.array([[235, 235, 235], [165, 165, 165]], np.uint8)


def read_image(path: str | Path) -> np.ndarray | None:
    """Read an image as RGB, (H, W, 3), upright as its EXIF data says.

    Returns:
        None if the file holds no image that mmcv can read.
    """
    try:
        return mmcv.imread(str(path), channel_order='rgb')
    except (OSError, cv2.error):
        return None


def name_classes(
    num_classes: int, dataset_meta: dict[str, Any]
) -> tuple[list[str], Palette]:
    """Give the names and colors of a model's classes.

    What does not fit the number of classes is generated: ``class 0`` and so
    on for the names, evenly spaced hues for the colors.

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
    """Turn a label map into a palette image whose values are the labels.

    Args:
        labels: Class indices, (H, W), 0 to 255.
        palette: RGB colors of the classes, at most 256.

    Returns:
        An image of mode ``P``; black stands for what has no color.
    """
    image = Image.fromarray(labels.astype(np.uint8))
    # All 256 entries: Pillow packs the pixels of a shorter palette into
    # fewer bits than 8, which other readers of label maps do not expect.
    colors: np.ndarray = np.zeros((256, 3), np.uint8)
    colors[: len(palette)] = palette
    image.putpalette(colors.tobytes())
    return image


def color_labels(labels: np.ndarray, palette: Palette) -> np.ndarray:
    """Color a label map, (H, W), as RGB; stripe what is ignored (255)."""
    colors = np.array(palette_image(labels, palette).convert('RGB'))
    ignored = labels == IGNORED_VALUE
    y, x = np.nonzero(ignored)
    stripe = max(2, max(labels.shape) // 80)
    colors[ignored] = IGNORED_COLORS[(x + y) // stripe % 2]
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
    visualizer = SegLocalVisualizer(alpha=opacity)
    # Its constructor takes each of the two for the other.
    visualizer.dataset_meta = {'classes': names, 'palette': palette}
    # No tensor: one of a single element indexes like a number, not a mask.
    prediction: np.ndarray = labels.astype(np.int64)[None]
    visualizer.add_datasample(
        'overlay',
        image,
        SegDataSample(pred_sem_seg=PixelData(data=prediction)),
        with_labels=False,
    )
    blend = Image.fromarray(visualizer.get_image())
    legend = _draw_legend(labels, names, palette, blend.height)
    height = max(blend.height, legend.height)
    canvas = Image.new('RGB', (blend.width + legend.width, height), 'white')
    canvas.paste(blend, (0, 0))
    canvas.paste(legend, (blend.width, 0))
    return canvas


def _draw_legend(
    labels: np.ndarray, names: Sequence[str], palette: Palette, height: int
) -> Image.Image:
    """Draw the classes present, in as many columns as the height asks for."""
    size = min(max(height // 28, 13), 40)
    # matplotlib's own font: Pillow's default lacks most of Unicode.
    font = ImageFont.truetype(font_manager.findfont('DejaVu Sans'), size)
    line, margin = round(size * 1.6), size
    counts = np.bincount(labels.ravel(), minlength=len(names))
    present = [c for c in np.argsort(-counts, kind='stable') if counts[c]]
    shares = [_format_share(counts[c] / labels.size) for c in present]
    lines = max((height - 2 * margin) // line, MIN_LEGEND_LINES)
    num_columns = -(-len(present) // lines)
    # Equal columns, rather than a last one with a single line.
    lines = -(-len(present) // num_columns)

    # Of all classes: the overlays of a video should be of one width.
    name_width = max(int(font.getlength(name)) for name in names)
    share_width = int(font.getlength('100.0%'))
    column = size + size // 2 + name_width + size + share_width
    width = margin + num_columns * (column + margin)
    legend = Image.new('RGB', (width, 2 * margin + lines * line), 'white')
    pen = ImageDraw.Draw(legend)
    for position, (c, share) in enumerate(zip(present, shares, strict=True)):
        left = margin + position // lines * (column + margin)
        middle = margin + (position % lines) * line + line // 2
        top = middle - size // 2
        pen.rectangle(
            (left, top, left + size, top + size),
            fill=tuple(palette[c]),
            outline='black',
        )
        text_left = left + size + size // 2
        pen.text((text_left, middle), names[c], 'black', font, anchor='lm')
        pen.text((left + column, middle), share, 'black', font, anchor='rm')
    return legend


def _format_share(share: float) -> str:
    return '< 0.1%' if share < 0.001 else f'{share:.1%}'
