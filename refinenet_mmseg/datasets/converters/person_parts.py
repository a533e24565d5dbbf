"""The part annotations of PASCAL VOC 2010, read as parts of persons."""

from pathlib import Path

import numpy as np

from .matlab import read_mat

LABELS = {
    **dict.fromkeys(('head', 'hair', 'nose', 'mouth'), 1),
    **dict.fromkeys(('leye', 'reye', 'lebrow', 'rebrow', 'lear', 'rear'), 1),
    **dict.fromkeys(('torso', 'neck'), 2),
    **dict.fromkeys(('luarm', 'ruarm'), 3),
    **dict.fromkeys(('llarm', 'rlarm', 'lhand', 'rhand'), 4),
    **dict.fromkeys(('luleg', 'ruleg'), 5),
    **dict.fromkeys(('llleg', 'rlleg', 'lfoot', 'rfoot'), 6),
}
"""Labels of a person's 24 parts, by their names in the annotations.

Names as in ``part2ind.m``, which comes with the annotations. The papers name
the six classes, but not what each is merged from. This is ``HUMAN_PART`` of
github.com/facebookresearch/astmt, fblib/dataloaders/pascal_context.py. Public
code agrees on all parts but the neck, which some count to the head; with the
torso it is also in github.com/pengwangucla/Toolkit, part2ind_grp.m.
"""


def read_person_parts(path: Path) -> np.ndarray:
    """Read the parts of all persons of an image as one label map.

    Source: annotations of Chen, Mottaghi, Liu, Fidler, Urtasun, Yuille,
    "Detect what you can", CVPR 2014. As in their ``mat2map.m``, what comes
    later covers what came before, parts as well as persons. Objects that are
    no persons, and pixels of a person that belong to no part, are background.

    Args:
        path: ``Annotations_Part/NAME.mat``.

    Returns:
        Labels of 0 (background) to 6 (lower legs), (H, W), 8 bits.

    Raises:
        ImportError: If SciPy is missing.
        OSError: If the file cannot be opened.
        ValueError: If it is no part annotation, a person has an unknown part,
            masks differ in size, or there is no person.
    """
    shapes, parts = _read_persons(path)
    if not shapes:
        raise ValueError(
            f'{path} annotates no person, but PASCAL Person-Part has persons '
            "in all its images; take the data set's own split lists."
        )
    labels: np.ndarray = np.zeros(shapes[0], np.uint8)
    for name, mask in parts:
        if name not in LABELS:
            raise ValueError(
                f'{path} has a part {name!r} of a person; known are '
                f'{", ".join(LABELS)}.'
            )
        if mask.shape != labels.shape:
            raise ValueError(
                f'{path}: the mask of {name!r} has the shape {mask.shape}, '
                f'that of the first person {labels.shape}; download it again.'
            )
        labels[mask != 0] = LABELS[name]
    return labels


def _read_persons(
    path: Path,
) -> tuple[list[tuple[int, ...]], list[tuple[str, np.ndarray]]]:
    """Read the shape of every person's mask, and name and mask of parts."""
    (annotation,) = read_mat(path, 'anno')
    try:
        persons = [
            each
            for each in np.atleast_1d(annotation.objects)
            if getattr(each, 'class') == 'person'  # no name to Python
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
            f'{path} is no part annotation ({error}): `anno.objects` have '
            'class, mask and parts, these part_name and mask. Take '
            'Annotations_Part of trainval.tar.gz.'
        ) from error
