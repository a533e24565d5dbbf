import io
import struct
import zlib

import mmcv
import numpy as np
import pytest
from mmcv.transforms import Compose, LoadImageFromFile
from mmseg.datasets.transforms import LoadAnnotations
from PIL import Image

from refinenet_mmseg.datasets import (
    StrictLoadAnnotations,
    StrictLoadImageFromFile,
)


def encode(kind, **options):
    stream = io.BytesIO()
    Image.effect_noise((64, 48), 60).convert('RGB').save(
        stream, kind, **options
    )
    return stream.getvalue()


@pytest.fixture
def half_zeros(tmp_path):
    """Return a file whose second half is zeros, as after a crash."""
    content = encode('JPEG')
    path = tmp_path / 'a.jpg'
    path.write_bytes(content[:900] + bytes(len(content) - 900))
    return path


def load_image(path, kind=StrictLoadImageFromFile, **options):
    return kind(**options)(dict(img_path=str(path)))


def test_the_defects_of_mmcv_are_there(half_zeros, tmp_path):
    assert load_image(half_zeros, LoadImageFromFile)['img'].shape[2] == 3
    path = tmp_path / 'empty.png'
    path.touch()
    with pytest.raises(Exception) as info:  # noqa: PT011
        load_image(path, LoadImageFromFile)
    assert 'empty.png' not in str(info.value)


def test_a_cut_jpeg_is_named(half_zeros):
    with pytest.raises(OSError, match=r'a\.jpg: the JPEG data end too early'):
        load_image(half_zeros)


@pytest.mark.parametrize('content', [b'', b'text', encode('WEBP')[:200]])
def test_a_file_that_is_no_image_is_named(tmp_path, content):
    path = tmp_path / 'a.png'
    path.write_bytes(content)
    with pytest.raises(OSError, match=r'cannot read the image .*a\.png: \w'):
        load_image(path)
    assert load_image(path, ignore_empty=True) is None


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'nowhere\.png'):
        load_image(tmp_path / 'nowhere.png')


@pytest.mark.parametrize(
    'options',
    [dict(), dict(progressive=True), dict(quality=100), dict(comment=b'x')],
)
def test_intact_images_are_read_as_before(tmp_path, options):
    content = encode('JPEG', **options)
    path = tmp_path / 'a.jpg'
    path.write_bytes(content)
    expected = load_image(path, LoadImageFromFile, to_float32=True)
    loaded = load_image(path, to_float32=True)
    np.testing.assert_array_equal(loaded.pop('img'), expected.pop('img'))
    assert loaded == expected
    for end in (1, 2, 50):
        path.write_bytes(content[:-end])
        with pytest.raises(OSError, match='end too early'):
            load_image(path)


def test_content_may_be_a_view_of_memory(tmp_path, monkeypatch):
    path = tmp_path / 'a.jpg'
    path.write_bytes(encode('JPEG'))
    monkeypatch.setattr(
        'mmengine.fileio.get', lambda *_, **__: memoryview(path.read_bytes())
    )
    expected = mmcv.imread(path)
    np.testing.assert_array_equal(load_image(path)['img'], expected)


def load_labels(path, kind=StrictLoadAnnotations, **known):
    loader = kind()
    results = dict(
        seg_map_path=str(path),
        seg_fields=[],
        reduce_zero_label=False,
        label_map=None,
        **known,
    )
    return loader(results)['gt_seg_map']


@pytest.fixture
def save(tmp_path):
    def save(values, name='a.png'):
        Image.fromarray(np.asarray(values)).save(tmp_path / name)
        return tmp_path / name

    return save


def test_the_defects_of_mmseg_are_there(save):
    deep = save(np.full((4, 6), 300, np.uint16))
    assert load_labels(deep, LoadAnnotations).max() == 300 - 256
    narrow = save(np.zeros((1, 6), np.uint8))
    assert load_labels(narrow, LoadAnnotations).shape == (6,)
    small = save(np.zeros((4, 6), np.uint8))
    loaded = load_labels(small, LoadAnnotations, ori_shape=(8, 8))
    assert loaded.shape == (4, 6)


def test_the_size_is_compared_where_it_is_known(save):
    path = save(np.zeros((4, 6), np.uint8))
    assert load_labels(path).shape == (4, 6)
    assert load_labels(path, ori_shape=(4, 6)).shape == (4, 6)
    with pytest.raises(ValueError, match='6x4 pixels, its image'):
        load_labels(path, ori_shape=(6, 4))


def test_wrong_arguments_are_not_blamed_on_the_file(save):
    path = save(np.zeros((4, 6), np.uint8))
    loader = StrictLoadAnnotations(reduce_zero_label=True)
    results = dict(
        seg_map_path=str(path), seg_fields=[], reduce_zero_label=False
    )
    with pytest.raises(AssertionError, match='reduce_zero_label'):
        loader(results)


def test_the_largest_16_bit_value_is_ignored(save):
    values = np.full((4, 6), 65535, np.uint16)
    assert (load_labels(save(values), ori_shape=(4, 6)) == 255).all()
    values[0] = 3
    labels = load_labels(save(values), ori_shape=(4, 6))
    assert labels.tolist() == [[3] * 6] + [[255] * 6] * 3


def test_an_image_without_a_data_set_has_no_labels(save):
    """As mmseg's inference_model and MMSegInferencer hand images over."""
    path = save(np.zeros((4, 6, 3), np.uint8))
    steps = [dict(type='LoadImageFromFile'), StrictLoadAnnotations()]
    results = Compose(steps)(dict(img_path=str(path)))
    assert 'gt_seg_map' not in results
    with pytest.raises(KeyError, match='seg_map_path'):
        StrictLoadAnnotations()(dict(seg_fields=[]))


def test_gray_values_that_decoders_scale_are_refused(tmp_path):
    path = tmp_path / 'a.png'
    raw = bytes([0] + [0x12] * 4) * 6  # six rows of eight pixels of 4 bits
    chunks = [
        (b'IHDR', struct.pack('>IIBBBBB', 8, 6, 4, 0, 0, 0, 0)),
        (b'IDAT', zlib.compress(raw)),
        (b'IEND', b''),
    ]
    content = b'\x89PNG\r\n\x1a\n'
    for kind, data in chunks:
        checksum = zlib.crc32(kind + data)
        content += struct.pack('>I', len(data)) + kind + data
        content += struct.pack('>I', checksum)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r'a\.png is a gray image of 2 or 4'):
        load_labels(path)


@pytest.mark.parametrize('value', [0.5, np.nan])
def test_fractions_are_refused(save, value):
    path = save(np.full((4, 6), value, np.float32), 'a.tif')
    with pytest.raises((ValueError, OSError), match=r'a\.tif'):
        load_labels(path)


def test_colors_of_one_pixel_are_refused(save):
    path = save(np.zeros((1, 1, 3), np.uint8))
    with pytest.raises(ValueError, match=r'a\.png has the shape'):
        load_labels(path, ori_shape=(1, 1))
