"""A small data set in CamVid's layout, and faults to plant into it."""

import shutil
from pathlib import Path

import numpy as np
from mmengine.config import Config
from PIL import Image

import refinenet_mmseg

CONFIG = refinenet_mmseg.config_path(
    'refinenet/refinenet_r18_1xb4-10k_camvid-360x480.py'
)
COUNTS = {'train': 5, 'val': 3}


def write_small_camvid(root):
    """Write images of 16 x 12 pixels, in which a check finds nothing.

    All values are in every label map.
    """
    generator = np.random.default_rng(0)
    for split, count in COUNTS.items():
        for folder in (split, f'{split}annot'):
            (root / folder).mkdir(parents=True)
        for index in range(count):
            name = f'{index}.png'
            image = generator.integers(0, 256, (12, 16, 3), np.uint8)
            labels = np.tile(np.arange(12, dtype=np.uint8), 16)
            Image.fromarray(image).save(root / split / name)
            Image.fromarray(labels.reshape(12, 16)).save(
                root / f'{split}annot' / name
            )
    return root


def make_config(root, **options):
    """Load the config of CamVid with the data in another folder."""
    config = Config.fromfile(CONFIG)
    for split in ('train', 'val', 'test'):
        config[f'{split}_dataloader'].dataset.data_root = str(root)
    config.merge_from_dict(options)
    return config


def path_of(root, folder, index=0):
    """Return the n-th file of a folder."""
    return sorted(Path(root, folder).iterdir())[index]


def kinds(report):
    """List the findings: split, kind, number of files."""
    return [(f.split, f.kind, len(f.files)) for f in report.findings]


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


# Faults to plant into the root folder, and the findings that each leads to.
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
