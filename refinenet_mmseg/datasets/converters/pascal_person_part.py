"""Conversion of PASCAL Person-Part from VOC 2010 and its part annotations."""

import os
from functools import partial
from pathlib import Path

import numpy as np

from .conversion import Pair, check_files, check_sources, write_pairs
from .matlab import read_mat

# Images by split, as published: those with persons.
COUNTS = {'train': 1716, 'val': 1817}

ANNOTATIONS = 'Annotations_Part'
IMAGES = 'VOCdevkit/VOC2010/JPEGImages'
LISTS = 'pascal_person_part/pascal_person_part_trainval_list'

_LISTS_ARCHIVE = (
    'http://liangchiehchen.com/data/pascal_person_part.zip, unpacked (linked '
    'from http://liangchiehchen.com/projects/DeepLab.html)'
)
# Files to download, and their sources.
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

# Label of each of a person's 24 parts, by its name in the annotations.
#
# Names as in ``part2ind.m``, which comes with the annotations. The papers name
# the six classes, but not the parts of each. The grouping is ``HUMAN_PART`` of
# github.com/facebookresearch/astmt, fblib/dataloaders/pascal_context.py.
# Public code agrees on all parts except the neck, which some add to the head;
# here, as in github.com/pengwangucla/Toolkit, part2ind_grp.m, it belongs to
# the torso.
PART_LABELS = {
    **dict.fromkeys(('head', 'hair', 'nose', 'mouth'), 1),
    **dict.fromkeys(('leye', 'reye', 'lebrow', 'rebrow', 'lear', 'rear'), 1),
    **dict.fromkeys(('torso', 'neck'), 2),
    **dict.fromkeys(('luarm', 'ruarm'), 3),
    **dict.fromkeys(('llarm', 'rlarm', 'lhand', 'rhand'), 4),
    **dict.fromkeys(('luleg', 'ruleg'), 5),
    **dict.fromkeys(('llleg', 'rlleg', 'lfoot', 'rfoot'), 6),
}


def convert_pascal_person_part(
    source_dir: str | os.PathLike,
    out_dir: str | os.PathLike,
    show_progress: bool = True,
) -> int:
    """Convert PASCAL Person-Part to the layout of its data set.

    Source: part annotations of Chen et al., "Detect what you can", CVPR 2014;
    six classes of parts, and the images of VOC 2010 that show persons, of
    Chen, Yang, Wang, Xu, Yuille, "Attention to scale", CVPR 2016. No rule
    is published that says which images these are, so their lists are read.
    Their archive has label maps too, ``pascal_person_part_gt``, with the same
    values; should they differ, published numbers refer to those.

    Images are copied to ``img_dir/{train,val}/NAME.jpg``, label maps go to
    ``ann_dir/{train,val}/NAME.png``. Labels are 0 for the background and 1 to
    6; no pixel is ignored. After an interruption, the same call
    continues where the first one stopped.

    Args:
        source_dir: Folder with the files of ``SOURCES``.
        out_dir: Folder to fill; created if absent.
        show_progress: Whether to show progress bars. Default: True.

    Returns:
        Number of images that were written, not found from an earlier call.

    Raises:
        ImportError: If SciPy is missing.
        OSError: If a file is missing, or ``out_dir`` holds other ones.
        ValueError: If a file is damaged or another than expected.
    """
    folder = Path(source_dir)
    check_sources(folder, SOURCES)
    pairs = [
        Pair(split, name, partial(_read, folder, name))
        for split in COUNTS
        for name in (folder / LISTS / f'{split}_id.txt').read_text().split()
    ]
    for part, suffix in ((IMAGES, '.jpg'), (ANNOTATIONS, '.mat')):
        check_files(
            [folder / part / f'{pair.name}{suffix}' for pair in pairs],
            f'they come from {SOURCES[part]}',
        )
    return write_pairs(
        pairs,
        Path(out_dir),
        '.jpg',
        COUNTS,
        range(max(PART_LABELS.values()) + 1),
        show_progress,
    )


def _read(folder: Path, name: str) -> tuple[Path, np.ndarray]:
    return (
        folder / IMAGES / f'{name}.jpg',
        read_person_parts(folder / ANNOTATIONS / f'{name}.mat'),
    )


def read_person_parts(path: Path) -> np.ndarray:
    """Read the parts of all persons of an image as one label map.

    Source: annotations of Chen, Mottaghi, Liu, Fidler, Urtasun, Yuille,
    "Detect what you can", CVPR 2014. As in their ``mat2map.m``, later persons
    and parts cover earlier ones. Objects that are not persons, and pixels of
    a person that belong to no part, are background.

    Args:
        path: ``Annotations_Part/NAME.mat``.

    Returns:
        Labels of 0 (background) to 6 (lower legs), (H, W), 8 bits.

    Raises:
        ImportError: If SciPy is missing.
        OSError: If the file cannot be opened.
        ValueError: If it is not a part annotation, a person has an unknown
            part, masks differ in size, or there is no person.
    """
    shapes, parts = _read_persons(path)
    if not shapes:
        raise ValueError(
            f'{path} annotates no person, but PASCAL Person-Part has persons '
            "in all its images; take the data set's own split lists."
        )
    labels: np.ndarray = np.zeros(shapes[0], np.uint8)
    for name, mask in parts:
        if name not in PART_LABELS:
            raise ValueError(
                f'{path} has a part {name!r} of a person; known are '
                f'{", ".join(PART_LABELS)}.'
            )
        if mask.shape != labels.shape:
            raise ValueError(
                f'{path}: the mask of {name!r} has the shape {mask.shape}, '
                f'that of the first person {labels.shape}; download it again.'
            )
        labels[mask != 0] = PART_LABELS[name]
    return labels


def _read_persons(
    path: Path,
) -> tuple[list[tuple[int, ...]], list[tuple[str, np.ndarray]]]:
    """Read the shape of each person's mask, and each part's name and mask."""
    (annotation,) = read_mat(path, 'anno')
    try:
        persons = [
            each
            for each in np.atleast_1d(annotation.objects)
            if getattr(each, 'class') == 'person'  # a keyword of Python
        ]
        # A person may have no parts: an empty array.
        parts = [
            (str(part.part_name), part.mask)
            for person in persons
            for part in np.atleast_1d(person.parts)
        ]
        return [person.mask.shape for person in persons], parts
    except AttributeError as error:
        raise ValueError(
            f'{path} is not a part annotation ({error}): `anno.objects` have '
            'class, mask and parts, these part_name and mask. Take '
            'Annotations_Part of trainval.tar.gz.'
        ) from error
