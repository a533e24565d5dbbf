"""Test servers: the archives that they accept, and their test images."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from mmseg.registry import DATASETS
from PIL import Image

COMPETITIONS = ('comp5', 'comp6')


@dataclass(frozen=True)
class Target:
    """A test server: its test images, and the archive that it accepts.

    Args:
        title: Name of the data set.
        dataset: mmseg's data set, whose classes the model must predict.
        images: Folder of the test images, relative to the data root of
            mmseg's layout.
        image_suffix: Suffix of the test images.
        stem: Regular expression that the images' names match, without
            suffix; label maps have the same names.
        num_images: Number of test images.
        labels: Value in the label map of each class, in mmseg's order.
        archives: Suffixes of archives, the server's own first.
        folder: Folder of the label maps in the archive, with a slash at the
            end. Default: ''.
        image_list: File of the test images' names, relative to their folder.
            Default: None, all images of the folder are test images.
        image_size: Width and height of all images. Default: None, they
            differ.
        voc_palette: Whether label maps are palette images in Pascal VOC's
            colors, not gray ones. Default: False.
    """

    title: str
    dataset: str
    images: str
    image_suffix: str
    stem: str
    num_images: int
    labels: tuple[int, ...]
    archives: tuple[str, ...]
    folder: str = ''
    image_list: str | None = None
    image_size: tuple[int, int] | None = None
    voc_palette: bool = False

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in mmseg's order."""
        return tuple(DATASETS.get(self.dataset).METAINFO['classes'])

    def member(self, name: str) -> str:
        """Return the path of an image's label map in the archive.

        Args:
            name: The image's name, without suffix.
        """
        return f'{self.folder}{name}.png'


class ImageFile(NamedTuple):
    """A test image.

    Args:
        path: Its file.
        size: Width and height as stored, regardless of the EXIF tag.
    """

    path: Path
    size: tuple[int, int]

    @property
    def name(self) -> str:
        """Its file name without suffix, which its label map shares."""
        return self.path.stem


# https://www.cityscapes-dataset.com/submit/ and the data set's scripts
# (github.com/mcordts/cityscapesScripts): `helpers/labels.py` has the ids,
# which are not the train ids; `evaluation/evalPixelLevelSemanticLabeling.py`
# looks in all folders for one <city>_<sequence>_<frame>*.png an image.
CITYSCAPES = Target(
    title='Cityscapes',
    dataset='CityscapesDataset',
    images='leftImg8bit/test',
    image_suffix='.png',
    stem=r'[a-z]+(-[a-z]+)*_\d{6}_\d{6}_leftImg8bit',
    num_images=1525,
    labels=(
        *(7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28),
        *(31, 32, 33),
    ),
    archives=('.zip',),
    image_size=(2048, 1024),
)

# Development kit of VOC2012 (host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc,
# section 5): palette images of the values 0 to 20 in the colors of the
# training annotation, at `results/VOC2012/Segmentation/comp6_test_cls/`
# (`VOCinit.m`). The server unpacks .tgz and .tar.gz; those who sent something
# else report that it failed (github.com/zhanghang1989/PyTorch-Encoding,
# issues 190 and 225).
VOC2012 = Target(
    title='Pascal VOC 2012',
    dataset='PascalVOCDataset',
    images='JPEGImages',
    image_suffix='.jpg',
    stem=r'\d{4}_\d{6}',
    num_images=1456,
    labels=tuple(range(21)),
    archives=('.tgz', '.tar.gz', '.zip'),
    folder='results/VOC2012/Segmentation/comp6_test_cls/',
    image_list='../ImageSets/Segmentation/test.txt',
    voc_palette=True,
)

# Development kit (github.com/CSAILVision/sceneparsing, "Submission format"):
# a zip of masks with the images' names; 1 to 150 are the classes and 0 is
# other objects. release_test.zip holds the images, as mmseg's documentation
# lays them out.
ADE20K = Target(
    title='ADE20K',
    dataset='ADE20KDataset',
    images='../release_test/testing',
    image_suffix='.jpg',
    stem=r'ADE_test_\d{8}',
    num_images=3352,
    labels=tuple(range(1, 151)),
    archives=('.zip',),
)

TARGETS = {'cityscapes': CITYSCAPES, 'voc2012': VOC2012, 'ade20k': ADE20K}


def get_target(name: str, competition: str | None = None) -> Target:
    """Return a test server by its name on the command line.

    Args:
        name: ``cityscapes``, ``voc2012`` or ``ade20k``.
        competition: Of VOC's two: ``comp5`` is for networks that saw VOC's
            own training and validation images alone, ``comp6`` for all
            others, so for weights from ImageNet and labels from SBD or COCO.
            Default: ``comp6``.

    Raises:
        ValueError: If there is no such server or competition.
    """
    if name not in TARGETS:
        raise ValueError(
            f'no target {name!r}; there are: {", ".join(TARGETS)}'
        )
    target = TARGETS[name]
    if competition is None:
        return target
    if name != 'voc2012':
        raise ValueError(
            f'{target.title} has no competitions; leave out {competition!r}'
        )
    if competition not in COMPETITIONS:
        raise ValueError(
            f'no competition {competition!r}; there are: '
            f'{", ".join(COMPETITIONS)}'
        )
    return replace(target, folder=target.folder.replace('comp6', competition))


def find_test_images(
    target: Target, folder: str | Path, trial: bool = False
) -> list[ImageFile]:
    """Find the test images of a server.

    Args:
        target: The server.
        folder: Folder of the images, subfolders included. Where the data set
            lists its test images, only those are taken.
        trial: Whether to accept another number and other sizes of images
            than the server's, to try things out. Default: False.

    Returns:
        The images, by name.

    Raises:
        FileNotFoundError: If there is no such folder, or a listed image is
            missing.
        OSError: If a file is no image.
        ValueError: If these are not the server's test images.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(
            f'no folder {folder} of test images; name it by --images'
        )
    paths = _find_files(target, folder)
    if not paths:
        raise ValueError(
            f'no {target.image_suffix} file in {folder}; name the folder of '
            f'the test images of {target.title} by --images'
        )
    for path in paths:
        if not re.fullmatch(target.stem, path.stem):
            raise ValueError(
                f'{path} is no test image of {target.title}: its name does '
                f'not match {target.stem}; name the folder of the test images '
                'by --images'
            )
    names = Counter(path.stem for path in paths)
    twice = [path for path in paths if names[path.stem] > 1]
    if twice:
        raise ValueError(
            f'{twice[0]} and {twice[1]} would share a label map; remove one'
        )
    if len(paths) != target.num_images and not trial:
        raise ValueError(
            f'{len(paths):,} images in {folder}, {target.num_images:,} in the '
            f'test split of {target.title}; complete the download, name its '
            'folder by --images, or try things out on these with --trial'
        )
    images = [ImageFile(path, _read_size(path)) for path in paths]
    for image in images:
        if target.image_size not in (None, image.size) and not trial:
            raise ValueError(
                f'{image.path} has {_format_size(image.size)} pixels, not '
                f'{_format_size(target.image_size)}; use the original images, '
                'or try things out on these with --trial'
            )
    return images


def _find_files(target: Target, folder: Path) -> list[Path]:
    """List the images of a folder, or those that the data set lists."""
    names = target.image_list and folder / target.image_list
    if not names or not names.is_file():
        found = folder.rglob(f'*{target.image_suffix}')
        return sorted(found, key=lambda path: path.name)
    stems = sorted(names.read_text().split())
    paths = [folder / f'{stem}{target.image_suffix}' for stem in stems]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise FileNotFoundError(
            f'{folder} lacks {len(missing):,} of the {len(paths):,} images '
            f'that {names} lists, {missing[0]} among them; complete the '
            'download'
        )
    return paths


def _read_size(path: Path) -> tuple[int, int]:
    try:
        with Image.open(path) as image:
            return image.size
    except (OSError, SyntaxError) as error:  # what Pillow raises on damage
        raise OSError(
            f'cannot read the image {path}; download it again'
        ) from error


def _format_size(size: tuple[int, int]) -> str:
    return f'{size[0]}x{size[1]}'
