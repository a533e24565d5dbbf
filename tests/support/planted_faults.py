"""Faults to plant into CamVid, and the findings each has to lead to."""

import shutil

import numpy as np
from PIL import Image

from support.small_camvid import path_of


def change_labels(root, change, folder='trainannot', index=1):
    """Rewrite a label map: change its array, or return another image."""
    path = path_of(root, folder, index)
    with Image.open(path) as image:
        labels = np.array(image)
    changed = change(labels)
    if changed is None:
        changed = labels
    if isinstance(changed, np.ndarray):
        changed = Image.fromarray(changed)
    changed.save(path, format='PNG')


def cut_off(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_off_as_jpeg(path):
    with Image.open(path) as image:
        image.convert('RGB').save(path, format='JPEG')
    cut_off(path)


def put(value, rows=slice(0, 1)):
    def change(labels):
        labels[rows] = value

    return change


def in_palette(labels):
    image = Image.fromarray(labels)
    image.putpalette([value for i in range(256) for value in (i, 255 - i, 9)])
    return image


def as_jpeg(root):
    path = path_of(root, 'trainannot')
    with Image.open(path) as image:
        labels = image.copy()
    labels.save(path, format='JPEG')


FAULTS = {
    'nothing': (lambda root: None, []),
    'palette': (lambda root: change_labels(root, in_palette), []),
    'image gone': (
        lambda root: path_of(root, 'train').unlink(),
        [('train', 'label_without_image', 1)],
    ),
    'labels gone': (
        lambda root: (
            path_of(root, 'trainannot', 1).unlink(),
            path_of(root, 'trainannot', 0).unlink(),
        ),
        [('train', 'label_missing', 2)],
    ),
    'image cut off': (
        lambda root: cut_off(path_of(root, 'train')),
        [('train', 'image_unreadable', 1)],
    ),
    'jpeg image cut off': (
        lambda root: cut_off_as_jpeg(path_of(root, 'train')),
        [('train', 'image_unreadable', 1)],
    ),
    'image empty': (
        lambda root: path_of(root, 'val').write_bytes(b''),
        [('val', 'image_unreadable', 1)],
    ),
    'image is text': (
        lambda root: path_of(root, 'val').write_text('moved'),
        [('val', 'image_unreadable', 1)],
    ),
    'label map cut off': (
        lambda root: cut_off(path_of(root, 'valannot')),
        [('val', 'label_unreadable', 1)],
    ),
    'label map empty': (
        lambda root: path_of(root, 'valannot').write_bytes(b''),
        [('val', 'label_unreadable', 1)],
    ),
    'sizes differ': (
        lambda root: change_labels(root, lambda labels: labels[:, 1:].copy()),
        [('train', 'size', 1)],
    ),
    'sizes swapped': (
        lambda root: change_labels(root, lambda labels: labels.T.copy()),
        [('train', 'size', 1)],
    ),
    'value outside': (
        lambda root: change_labels(root, put(200)),
        [('train', 'label_value', 1)],
    ),
    'two values outside': (
        lambda root: [
            change_labels(root, put(value), index=index)
            for index, value in enumerate((99, 200, 200))
        ],
        [('train', 'label_value', 2), ('train', 'label_value', 1)],
    ),
    'value ignored by default': (
        lambda root: change_labels(root, put(255)),
        [],
    ),
    'colors': (
        lambda root: change_labels(
            root, lambda labels: np.stack([labels] * 3, axis=-1)
        ),
        [('train', 'label_format', 1)],
    ),
    'alpha': (
        lambda root: change_labels(
            root, lambda labels: Image.fromarray(labels).convert('LA')
        ),
        [('train', 'label_format', 1)],
    ),
    '16 bits, values of more than 8': (
        lambda root: change_labels(root, lambda a: a.astype(np.uint16) * 256),
        [('train', 'label_format', 1)],
    ),
    '16 bits, values of 8': (
        lambda root: change_labels(root, lambda a: a.astype(np.uint16)),
        [('train', 'label_depth', 1)],
    ),
    'jpeg': (as_jpeg, [('train', 'label_format', 1)]),
    'nothing labeled': (
        lambda root: change_labels(root, put(11, slice(None))),
        [('train', 'nothing_labeled', 1)],
    ),
    'in both splits': (
        lambda root: shutil.copy(
            path_of(root, 'train', 1), path_of(root, 'val', 2)
        ),
        [('val', 'duplicate', 1)],
    ),
}
