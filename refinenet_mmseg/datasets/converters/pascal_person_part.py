"""PASCAL Person-Part from VOC 2010 and its part annotations."""

import os
from functools import partial
from pathlib import Path

import numpy as np

from .conversion import Pair, write_pairs
from .matlab import check_files
from .person_parts import LABELS, read_person_parts

COUNTS = {'train': 1716, 'val': 1817}
"""Images by split, as published: those with persons."""

ANNOTATIONS = 'Annotations_Part'
IMAGES = 'VOCdevkit/VOC2010/JPEGImages'
LISTS = 'pascal_person_part/pascal_person_part_trainval_list'

_LISTS_ARCHIVE = (
    'http://liangchiehchen.com/data/pascal_person_part.zip, unpacked (linked '
    'from http://liangchiehchen.com/projects/DeepLab.html)'
)
SOURCES = {
    ANNOTATIONS: (
        'https://roozbehm.info/pascal-parts/trainval.tar.gz, unpacked (also '
        'linked from https://roozbehm.info/pascal-parts/pascal-parts.html)'
    ),
    IMAGES: (
        'http://host.robots.ox.ac.uk/pascal/VOC/voc2010/'
        'VOCtrainval_03-May-2010.tar, unpacked'
    ),
    **{f'{LISTS}/{split}_id.txt': _LISTS_ARCHIVE for split in COUNTS},
}
"""Files to download, and where from."""


def convert_pascal_person_part(
    source_dir: str | os.PathLike,
    out_dir: str | os.PathLike,
    show_progress: bool = True,
) -> int:
    """Lay out PASCAL Person-Part for ``PascalPersonPartDataset``.

    Source: part annotations of Chen et al., "Detect what you can", CVPR 2014;
    six classes of parts, and the images of VOC 2010 that show persons, of
    Chen, Yang, Wang, Xu, Yuille, "Attention to scale", CVPR 2016. Which
    images these are follows from no published rule, so their lists are read.
    Their archive holds label maps too, ``pascal_person_part_gt``, with the
    same values: should those differ somewhere, published numbers mean those.

    Images are copied to ``img_dir/{train,val}/NAME.jpg``, label maps go to
    ``ann_dir/{train,val}/NAME.png``. Labels are 0 for the background and 1 to
    6; no pixel is ignored. A call that was interrupted is made up for by the
    same call again.

    Args:
        source_dir: Folder with the files of ``SOURCES``.
        out_dir: Folder to fill; made if absent.
        show_progress: Whether to show progress bars. Defaults to True.

    Returns:
        Number of images that were written, not found from an earlier call.

    Raises:
        ImportError: If SciPy is missing.
        OSError: If a file is missing, or ``out_dir`` holds other ones.
        ValueError: If a file is not what it should be.
    """
    folder = Path(source_dir)
    check_files(folder, SOURCES)
    pairs = [
        Pair(split, name, partial(_read, folder, name))
        for split in COUNTS
        for name in (folder / LISTS / f'{split}_id.txt').read_text().split()
    ]
    _check_listed(folder, [pair.name for pair in pairs])
    return write_pairs(
        pairs,
        Path(out_dir),
        '.jpg',
        COUNTS,
        range(max(LABELS.values()) + 1),
        show_progress,
    )


def _check_listed(folder: Path, names: list[str]) -> None:
    """Check that every listed image is there, and its annotation."""
    for part, suffix in ((IMAGES, '.jpg'), (ANNOTATIONS, '.mat')):
        missing = [
            f'{name}{suffix}'
            for name in names
            if not (folder / part / f'{name}{suffix}').is_file()
        ]
        if missing:
            raise FileNotFoundError(
                f'{folder / part} lacks {len(missing)} of {len(names)} listed '
                f'files: {", ".join(missing[:3])}; they come from '
                f'{SOURCES[part]}.'
            )


def _read(folder: Path, name: str) -> tuple[Path, np.ndarray]:
    return (
        folder / IMAGES / f'{name}.jpg',
        read_person_parts(folder / ANNOTATIONS / f'{name}.mat'),
    )
