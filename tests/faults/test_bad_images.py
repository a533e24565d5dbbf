"""Images that are damaged, unusual or missing."""

import cv2
import mmcv
import numpy as np
import pytest
from mmseg.registry import DATASETS
from PIL import Image
from support.faults import FaultRows
from support.networks import (
    encode,
    make_refinenet_config,
    pixels,
    save_refinenet_weights,
)
from torch.utils.data import DataLoader

from refinenet_mmseg.configs import use_strict_loading
from refinenet_mmseg.inference import predict_folder

ROWS = FaultRows()
TURNED_TAG = 0x0112


def predict(folder, source=None):
    """Predict a folder of images; return the label maps by stem."""
    checkpoint = save_refinenet_weights(folder / 'small.pth')
    source = source or folder / 'in'
    written = predict_folder(
        make_refinenet_config(), checkpoint, source, folder / 'out', 'cpu'
    )
    return {path.stem: np.array(Image.open(path)) for path in written}


def write(folder, **contents):
    """Write files ``in/STEM.SUFFIX``, given as STEM_SUFFIX."""
    for name, content in contents.items():
        path = folder / 'in' / name.replace('_', '.')
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


def cut(content, share=0.5):
    return content[: int(len(content) * share)]


def zero_end(content):
    """Replace the end of a file by zeros, as a crash may do."""
    kept = cut(content)
    return kept + bytes(len(content) - len(kept))


def change_a_byte(content):
    position = content.index(b'IDAT') + 40
    return content[:position] + b'\xff\x00\xff' + content[position + 3 :]


def with_small_picture(content):
    """Embed a complete JPEG in the EXIF data of another, as cameras do."""
    inner = encode(pixels(8, 8), '.jpg')
    body = b'Exif\0\0' + inner
    segment = b'\xff\xe1' + (len(body) + 2).to_bytes(2, 'big') + body
    return content[:2] + segment + content[2:]


JPEG, PNG = encode(pixels(), '.jpg'), encode(pixels(), '.png')
FLOAT = cv2.imencode('.tiff', np.full((8, 8, 3), np.nan, np.float32))[1]
DAMAGED = {
    'JPEG cut in half': ('jpg', cut(JPEG)),
    'JPEG without its last bytes': ('jpg', JPEG[:-9]),
    'JPEG whose end is zeros': ('jpg', zero_end(JPEG)),
    'JPEG with a small picture in it, end is zeros': (
        'jpg',
        zero_end(with_small_picture(JPEG)),
    ),
    'PNG cut in half': ('png', cut(PNG)),
    'PNG with changed bytes': ('png', change_a_byte(PNG)),
    'empty file': ('png', b''),
    'text under the name of an image': ('png', b'<html>not found</html>'),
    'TIFF of NaN': ('tif', FLOAT.tobytes()),
}


def refuse_damaged(fault, suffix, content):
    @ROWS.refused(
        *(fault, '`predict`', OSError),
        rf'1 of 2 images: \S*in/bad\.{suffix}; the rest is done',
        'the file, after all others are done',
    )
    def predict_it(folder):
        write(folder, **{f'bad_{suffix}': content, 'good_png': PNG})
        try:
            predict(folder)
        finally:
            made = [path.name for path in (folder / 'out/labels').iterdir()]
            assert made == ['good.png']

    @ROWS.refused(
        *(fault, 'training', OSError),
        rf'cannot read the image \S*/bad\.{suffix}: ',
        'the file',
    )
    def load_it(folder):
        write(folder, **{f'bad_{suffix}': content})
        image_dataset(folder, f'.{suffix}')[0]


def image_dataset(folder, suffix, **arguments):
    config = dict(
        type='FolderDataset',
        data_root=str(folder),
        data_prefix=dict(img_path='in'),
        img_suffix=suffix,
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='PackSegInputs'),
        ],
        **arguments,
    )
    return DATASETS.build(use_strict_loading(config))  # as SafeRunner does


for _fault, (_suffix, _content) in DAMAGED.items():
    refuse_damaged(_fault, _suffix, _content)


@ROWS.refused(
    *('empty file, read by a worker', 'training', OSError),
    r'cannot read the image \S*/bad\.png',
    'the file; no hang, no other image in its place',
)
def load_in_a_worker(folder):
    write(folder, bad_png=b'')
    dataset = image_dataset(folder, '.png')
    list(DataLoader(dataset, num_workers=1, timeout=60))


def as_rgb(fault, plain, **contents):
    """Register images whose label maps are those of their RGB copies."""

    @ROWS.right(fault, '`predict`', 'labels of the same image as 8-bit RGB')
    def compare(folder):
        write(folder, plain_png=encode(plain), **contents)
        labels = predict(folder)
        assert len(np.unique(labels['plain'])) > 1
        assert labels.keys() == {'plain', *(n.split('_')[0] for n in contents)}
        for each in labels.values():
            np.testing.assert_array_equal(each, labels['plain'])


GRAY = pixels(channels=1)
GRAY_RGB = np.dstack([GRAY] * 3)
PALETTE_IMAGE = Image.fromarray(pixels()).convert('P')
BITS = Image.fromarray(GRAY).convert('1')
DEEP = cv2.imencode('.png', pixels()[..., ::-1].astype(np.uint16) * 257)[1]
DEEP_GRAY = cv2.imencode('.png', GRAY.astype(np.uint16) * 257)[1]
as_rgb('16-bit color PNG', pixels(), deep_png=DEEP.tobytes())
as_rgb('16-bit gray PNG', GRAY_RGB, deep_png=DEEP_GRAY.tobytes())
as_rgb('gray PNG', GRAY_RGB, gray_png=encode(GRAY))
as_rgb(
    'gray PNG with alpha',
    GRAY_RGB,
    gray_png=encode(np.dstack([GRAY, GRAY[::-1]])),
)
as_rgb(
    'RGBA PNG', pixels(), alpha_png=encode(np.dstack([pixels(), GRAY[::-1]]))
)
as_rgb(
    'PNG with a palette',
    np.array(PALETTE_IMAGE.convert('RGB')),
    palette_png=encode(PALETTE_IMAGE),
)
as_rgb('1-bit PNG', np.array(BITS.convert('RGB')), bits_png=encode(BITS))


@ROWS.right(
    'JPEG turned by its EXIF tag, each way',
    '`predict`',
    'labels of the upright image',
)
def turned(folder):
    for tag in range(1, 9):
        exif = Image.Exif()
        exif[TURNED_TAG] = tag
        write(folder, **{f't{tag}_jpg': encode(pixels(), '.jpg', exif=exif)})
    stored = mmcv.imread(folder / 'in' / 't1.jpg', channel_order='rgb')
    mirrored = stored[:, ::-1]
    upright = {
        **{1: stored, 2: mirrored, 3: np.rot90(stored, 2)},
        **{4: stored[::-1], 5: np.rot90(mirrored), 6: np.rot90(stored, 3)},
        **{7: np.rot90(mirrored, 3), 8: np.rot90(stored)},
    }
    for tag, image in upright.items():
        write(folder, **{f'u{tag}_png': encode(np.ascontiguousarray(image))})
    labels = predict(folder)
    for tag in upright:
        np.testing.assert_array_equal(labels[f't{tag}'], labels[f'u{tag}'])


def of_size(fault, height, width):
    @ROWS.right(fault, '`predict`', 'labels and overlay of its size')
    def predict_it(folder):
        write(folder, a_png=encode(pixels(height, width)))
        labels = predict(folder)['a']
        assert labels.shape == (height, width)
        assert labels.max() < 3
        with Image.open(folder / 'out' / 'overlays' / 'a.png') as overlay:
            assert overlay.width > width


of_size('image of 1x1 pixel', 1, 1)
of_size('image 1 pixel high', 1, 300)
of_size('image 1 pixel wide', 300, 1)
of_size('image 20,000 pixels wide', 4, 20000)
of_size('image 20,000 pixels high', 20000, 4)


@ROWS.right(
    'blanks, umlauts, brackets and a line break in a file name',
    '`predict`',
    'results under the same names',
)
def strange_names(folder):
    names = ['a b', 'Größe', '[x]*?', 'two\nlines', '-rf', "it's %s {}"]
    for name in names:
        write(folder, x_png=PNG)
        (folder / 'in' / 'x.png').rename(folder / 'in' / f'{name}.png')
    assert predict(folder).keys() == set(names)


@ROWS.refused(
    *('link to a file that is gone', '`predict`', OSError),
    r'1 of 2 images: \S*gone\.png',
    'the file, after all others are done',
)
def broken_link(folder):
    write(folder, good_png=PNG)
    (folder / 'in' / 'gone.png').symlink_to(folder / 'nowhere.png')
    predict(folder)


@ROWS.refused(
    *('folder without images', '`predict`', ValueError),
    r'no \.jpg, .* file in \S*in',
    'the folder and the suffixes',
)
def folder_without_images(folder):
    (folder / 'in').mkdir()
    predict(folder)


@ROWS.refused(
    *('source that does not exist', '`predict`', FileNotFoundError),
    r'no such image or folder: \S*nowhere',
    'the path',
)
def no_source(folder):
    predict(folder, folder / 'nowhere')


@ROWS.refused(
    *('two images of one stem', '`predict`', ValueError),
    r'a\.jpg, a\.png in .* share a result',
    'both files',
)
def two_of_a_stem(folder):
    write(folder, a_jpg=JPEG, a_png=PNG)
    predict(folder)


@ROWS.refused(
    *('folder without images', 'training', FileNotFoundError),
    r"no image of suffix '\.png' in \S*in \(files there: 1 of '\.jpg'\)",
    'the folder, its files and `img_suffix`',
)
def data_folder_without_images(folder):
    write(folder, a_jpg=JPEG)
    image_dataset(folder, '.png')


@ROWS.refused(
    *('listed image that is missing', 'training', FileNotFoundError),
    r'1 of 2 images .*are missing: \S*in/b\.jpg',
    'the file',
)
def listed_but_missing(folder):
    write(folder, a_jpg=JPEG)
    (folder / 'list.txt').write_text('a\nb\n')
    image_dataset(folder, '.jpg', ann_file='list.txt')


@ROWS.parametrize()
def test_bad_image(row, tmp_path):
    row.run(tmp_path)


@pytest.mark.parametrize(
    'trailer', [b'', b'\0\0', b'\xff\xda\0\0 a film follows']
)
def test_intact_jpegs_are_never_refused(trailer):
    """Some cameras write more after the end."""
    content = with_small_picture(JPEG) + trailer
    assert mmcv.imfrombytes(content).shape == (40, 56, 3)
