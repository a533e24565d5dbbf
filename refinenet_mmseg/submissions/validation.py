"""Validation of archives against the rules of a test server."""

import io
import struct
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
from PIL import Image
from rich.progress import track

from ..datasets.pascal_voc import voc_colors
from .archive import ARCHIVE_ERRORS, Member, open_archive
from .targets import ImageFile, Target

PNG_SIGNATURE = b'\x89PNG\r\n\x1a\n'
# Color types of a PNG header
GRAY, PALETTE = 0, 3
COLOR_TYPES = {
    GRAY: 'grayscale',
    2: 'RGB',
    PALETTE: 'palette',
    4: 'grayscale with transparency',
    6: 'RGB with transparency',
}


def validate_submission(
    archive: str | Path,
    target: Target,
    images: Sequence[ImageFile],
    show_progress: bool = False,
) -> list[str]:
    """List the problems of an archive of label maps.

    Args:
        archive: The archive.
        target: The test server.
        images: The test images, a label map each.
        show_progress: Whether to show a progress bar. Default: False.

    Returns:
        One line for each problem; none for a good archive.

    Raises:
        FileNotFoundError: If there is no such archive.
    """
    archive = Path(archive)
    if not archive.is_file():
        raise FileNotFoundError(f'no such archive: {archive}')
    if not archive.name.endswith(target.archives):
        return [
            f'{archive.name}: {target.title} takes archives of the suffix '
            f'{" or ".join(target.archives)}'
        ]
    return validate_content(archive, target, images, show_progress)


def validate_content(
    archive: Path,
    target: Target,
    images: Sequence[ImageFile],
    show_progress: bool = False,
) -> list[str]:
    """List the problems of an archive of label maps of any name.

    Args:
        archive: The archive, a zip by its suffix, or else a gzipped tar.
        target: The test server.
        images: The test images, a label map each.
        show_progress: Whether to show a progress bar. Default: False.

    Returns:
        As for :func:`validate_submission`.
    """
    sizes = {target.member(image.name): image.size for image in images}
    try:
        with open_archive(archive) as members:
            problems = _check_names(members, sizes)
            for member in track(
                members, description='Checking', disable=not show_progress
            ):
                if member.kind == 'file' and member.name in sizes:
                    problem = _check_content(
                        member, target, sizes[member.name]
                    )
                    problems += [f'{member.name}: {p}' for p in problem]
    except ARCHIVE_ERRORS as error:
        return [f'{archive.name}: cannot be read as an archive ({error})']
    return problems


def _check_names(
    members: Sequence[Member], sizes: dict[str, tuple[int, int]]
) -> list[str]:
    problems = []
    parents = {
        str(parent) for name in sizes for parent in PurePosixPath(name).parents
    }
    for name, number in Counter(member.name for member in members).items():
        if number > 1:
            problems.append(f'{name}: {number} entries of this name')
    for member in members:
        path = PurePosixPath(member.name)
        if (
            path.is_absolute()
            or '..' in path.parts
            or '\\' in member.name
            or PureWindowsPath(member.name).drive
        ):
            problems.append(f'{member.name}: leads out of the archive')
        elif member.kind == 'link':
            problems.append(f'{member.name}: neither a file nor a folder')
        elif member.kind == 'folder':
            if str(path) not in parents:
                problems.append(f'{member.name}: a folder of nothing expected')
        elif member.name not in sizes:
            problems.append(f'{member.name}: the label map of no test image')
    found = {member.name for member in members if member.kind == 'file'}
    problems += [f'{name}: missing' for name in sizes if name not in found]
    return problems


def _check_content(
    member: Member, target: Target, size: tuple[int, int]
) -> list[str]:
    """Check a label map, up to the first problem."""
    try:
        content = member.read()
    except ARCHIVE_ERRORS as error:
        return [f'damaged ({error})']
    if content[: len(PNG_SIGNATURE)] != PNG_SIGNATURE or len(content) < 26:
        return ['no PNG file']
    # Behind the signature: length and name of the header, then this
    width, height, bits, color_type = struct.unpack('>IIBB', content[16:26])
    expected = PALETTE if target.voc_palette else GRAY
    if (bits, color_type) != (8, expected):
        kind = COLOR_TYPES.get(color_type, 'unknown')
        return [f'{bits}-bit {kind} image, not 8-bit {COLOR_TYPES[expected]}']
    if (width, height) != size:
        return [f'{width}x{height} pixels, its image has {size[0]}x{size[1]}']
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            labels = np.asarray(image)
            palette = image.getpalette() or []
    except (OSError, SyntaxError, ValueError) as error:
        return [f'damaged ({error})']
    if target.voc_palette:
        colors = list(chain(*voc_colors(range(len(target.labels)))))
        if palette[: len(colors)] != colors:
            return ["a palette other than Pascal VOC's"]
    values = np.flatnonzero(np.bincount(labels.ravel()))
    others = np.setdiff1d(values, target.labels)
    if len(others):
        return [
            f'label values {others[:5].tolist()}, which stand for no class of '
            f'{target.title}'
        ]
    return []
