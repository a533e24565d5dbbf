import io

import numpy as np
import pytest
from PIL import Image

from refinenet_mmseg.checking.decoding import (
    count_values,
    read_raw_labels,
)

LABELS = np.array([[0, 1, 1], [3, 3, 255]], np.uint8)


def as_png(image):
    buffer = io.BytesIO()
    image.save(buffer, format='PNG')
    return buffer.getvalue()


def nonzero(counts):
    return {int(v): int(counts[v]) for v in np.flatnonzero(counts)}


EXPECTED = {0: 1, 1: 2, 3: 2, 255: 1}


@pytest.mark.parametrize('dtype', [np.uint8, np.int64, np.float32])
@pytest.mark.parametrize('shape', [(2, 3), (2, 1, 3), (6,)])
def test_values_are_counted(dtype, shape):
    counts = count_values(LABELS.astype(dtype).reshape(shape))
    assert counts.shape == (256,)
    assert nonzero(counts) == EXPECTED


def test_large_counts_are_exact():
    # more than a 32-bit float holds
    counts = count_values(np.zeros((4099, 4099), np.uint8))
    assert counts[0] == 4099**2


@pytest.mark.parametrize('value', [-1, 256])
def test_values_beyond_8_bits_are_refused(value):
    with pytest.raises(ValueError, match=rf'values from .*{value}'):
        count_values(np.array([[0, value]]))


def test_gray_and_palette_are_read_as_indices():
    image = Image.fromarray(LABELS)
    assert nonzero(read_raw_labels(as_png(image)).counts) == EXPECTED
    image.putpalette([9, 8, 7] * 256)
    assert image.mode == 'P'
    assert nonzero(read_raw_labels(as_png(image)).counts) == EXPECTED


def test_black_and_white_is_0_and_1():
    image = Image.fromarray(LABELS > 0)
    assert image.mode == '1'
    assert nonzero(read_raw_labels(as_png(image)).counts) == {0: 1, 1: 5}


def test_deep_labels_fit_or_do_not():
    fits = read_raw_labels(as_png(Image.fromarray(LABELS.astype(np.uint16))))
    assert fits.fault == 'label_depth'
    assert nonzero(fits.counts) == EXPECTED
    deep = LABELS.astype(np.uint16) + 100
    raw = read_raw_labels(as_png(Image.fromarray(deep)))
    assert raw.fault == 'label_format'
    assert raw.detail == (
        'values from 100 to 355: loading keeps 8 bits of them'
    )


def test_unknown_formats_are_let_pass():
    assert read_raw_labels(b'no picture') == (None, None, '')
