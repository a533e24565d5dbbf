"""A small data set in CamVid's layout, in which a check finds nothing."""

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
    """Write images of 16 x 12 pixels; all values are in every label map."""
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
    """Find the n-th file of a folder."""
    return sorted(Path(root, folder).iterdir())[index]


def kinds(report):
    """Name the findings: split, kind, number of files."""
    return [(f.split, f.kind, len(f.files)) for f in report.findings]
