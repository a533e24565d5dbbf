import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from refinenet_mmseg.checking.samples import (
    count_values,
    read_label_file,
    read_samples,
)
from refinenet_mmseg.datasets import StrictLoadImageFromFile


class Endless:
    def __init__(self):
        self.read = []

    def __len__(self):
        return 10_000

    def get_data_info(self, index):
        self.read.append(index)
        return {'img_path': f'{index}.png'}


class Single:
    def __init__(self, path):
        self.path = path

    def __len__(self):
        return 1

    def get_data_info(self, index):
        return {'img_path': str(self.path)}


def refuse(results):
    raise RuntimeError('two\nlines')


def open_fake(dataset):
    return SimpleNamespace(
        dataset=dataset, image_steps=[refuse], label_steps=[]
    )


def test_samples_come_in_order_and_whatever_a_step_raises_is_noted():
    samples = read_samples(open_fake(Endless()), workers=3)
    first = [next(samples) for _ in range(20)]
    samples.close()
    assert [s.image for s in first] == [f'{i}.png' for i in range(20)]
    assert {fault.kind for s in first for fault in s.faults} == {
        'image_missing'
    }


def test_an_interrupted_check_does_not_read_the_rest():
    dataset = Endless()
    samples = read_samples(open_fake(dataset), workers=1)
    next(samples)
    samples.close()
    assert len(dataset.read) < len(dataset)


def test_reason_is_one_line(tmp_path):
    path = tmp_path / 'image.png'
    path.write_bytes(b'anything')
    (sample,) = read_samples(open_fake(Single(path)))
    assert sample.faults == [('image_unreadable', str(path), 'two')]


def test_empty_file(tmp_path):
    path = tmp_path / 'image.png'
    path.touch()
    (sample,) = read_samples(open_fake(Single(path)))
    assert sample.faults == [
        ('image_unreadable', str(path), 'the file is empty')
    ]


def test_loading_step_that_returns_none(tmp_path):
    """mmseg would train on another image in place of this one."""
    path = tmp_path / 'image.png'
    path.write_bytes(b'no image')
    opened = open_fake(Single(path))
    opened.image_steps = [StrictLoadImageFromFile(ignore_empty=True)]
    (sample,) = read_samples(opened)
    ((kind, _, detail),) = sample.faults
    assert kind == 'image_unreadable'
    assert detail == 'StrictLoadImageFromFile loads nothing'


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
    assert nonzero(read_label_file(as_png(image)).counts) == EXPECTED
    image.putpalette([9, 8, 7] * 256)
    assert image.mode == 'P'
    assert nonzero(read_label_file(as_png(image)).counts) == EXPECTED


def test_black_and_white_is_0_and_1():
    image = Image.fromarray(LABELS > 0)
    assert image.mode == '1'
    assert nonzero(read_label_file(as_png(image)).counts) == {0: 1, 1: 5}


def test_deep_labels_fit_or_do_not():
    fits = read_label_file(as_png(Image.fromarray(LABELS.astype(np.uint16))))
    assert fits.fault == 'label_depth'
    assert nonzero(fits.counts) == EXPECTED
    deep = LABELS.astype(np.uint16) + 100
    label_file = read_label_file(as_png(Image.fromarray(deep)))
    assert label_file.fault == 'label_format'
    assert label_file.detail == (
        'values from 100 to 355: loading keeps 8 bits of them'
    )


def test_unknown_formats_pass():
    assert read_label_file(b'no picture') == (None, None, '')
