import io

import mmcv
import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from PIL import Image


def encode(kind, **options):
    stream = io.BytesIO()
    Image.effect_noise((64, 48), 60).convert('RGB').save(
        stream, kind, **options
    )
    return stream.getvalue()


@pytest.fixture
def half_zeros():
    """What a crash leaves of a file whose length was written first."""
    content = encode('JPEG')
    return content[:900] + bytes(len(content) - 900)


def test_the_defects_are_there(half_zeros, tmp_path):
    image = mmcv.imfrombytes.__wrapped__(half_zeros)
    assert image.shape == (48, 64, 3)
    path = tmp_path / 'empty.png'
    path.touch()
    with pytest.raises(Exception) as info:  # noqa: PT011
        LoadImageFromFile.transform.__wrapped__(
            LoadImageFromFile(), dict(img_path=str(path))
        )
    assert 'empty.png' not in str(info.value)


def test_reading_refuses_what_loading_does(half_zeros, tmp_path):
    (tmp_path / 'a.jpg').write_bytes(half_zeros)
    with pytest.raises(OSError, match='end too early'):
        mmcv.imread(tmp_path / 'a.jpg')
    with pytest.raises(OSError, match=r'a\.jpg: the JPEG data end too early'):
        LoadImageFromFile()(dict(img_path=str(tmp_path / 'a.jpg')))


def test_empty_images_are_ignored_where_that_is_asked_for(tmp_path):
    (tmp_path / 'a.png').touch()
    step = LoadImageFromFile(ignore_empty=True)
    assert step(dict(img_path=str(tmp_path / 'a.png'))) is None


@pytest.mark.parametrize(
    'options',
    [dict(), dict(progressive=True), dict(quality=100), dict(comment=b'x')],
)
def test_whole_images_are_read_as_before(options):
    content = encode('JPEG', **options)
    image = mmcv.imfrombytes(content)
    np.testing.assert_array_equal(image, mmcv.imfrombytes.__wrapped__(content))
    for end in (1, 2, 50):
        with pytest.raises(OSError, match='end too early'):
            mmcv.imfrombytes(content[:-end])


def test_content_may_be_a_view_of_memory():
    content = encode('JPEG')
    expected = mmcv.imfrombytes(content)
    assert (mmcv.imfrombytes(memoryview(content)) == expected).all()
