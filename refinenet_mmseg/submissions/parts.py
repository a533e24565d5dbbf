"""Label maps on their way into an archive, kept from call to call."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from ..datasets.pascal_voc import voc_colors
from ..inference.drawing import palette_image
from ..inference.prediction import make_writable
from .images import ImageFile
from .targets import Target

MADE_BY = 'made_by.json'


class Parts:
    """A folder of finished label maps, all made in the same way.

    Args:
        folder: Where they are, made where missing.
        target: What the server wants.
        made_by: What they depend on, by name, such as a checkpoint's hash.

    Raises:
        ValueError: If the folder holds what was made in another way, or
            cannot be written to.
    """

    def __init__(
        self, folder: Path, target: Target, made_by: Mapping[str, str]
    ) -> None:
        self.folder = make_writable(folder)
        self.target = target
        remedy = 'delete the folder or name another --out'
        record = folder / MADE_BY
        if record.is_file():
            try:
                before = dict(json.loads(record.read_text()))
            except ValueError:
                before = {}
            changed = [k for k in made_by if before.get(k) != made_by[k]]
            if changed:
                raise ValueError(
                    f'{folder} holds label maps of another '
                    f'{" and another ".join(changed)}; {remedy}'
                )
        elif any(path.suffix == '.png' for path in folder.iterdir()):
            raise ValueError(
                f'{folder} holds label maps of unknown origin; {remedy}'
            )
        else:
            text = json.dumps(made_by, indent=2)
            write_whole(record, lambda path: path.write_text(f'{text}\n'))

    def path(self, image: ImageFile) -> Path:
        """Give the file of an image's label map."""
        return self.folder / f'{image.name}.png'

    def write(self, image: ImageFile, labels: np.ndarray) -> None:
        """Write a label map in the server's values and colors.

        Args:
            image: The image.
            labels: Class indices, (H, W).

        Raises:
            ValueError: If image and label map differ in size.
        """
        height, width = labels.shape
        if (width, height) != image.size:
            raise ValueError(
                f'{image.path} has {image.size[0]}x{image.size[1]} pixels, '
                f'its prediction {width}x{height}; the test pipeline must '
                'lead back to the size of the file'
            )
        values = np.array(self.target.labels, np.uint8)[labels]
        picture = (
            palette_image(values, voc_colors(range(256)))
            if self.target.voc_palette
            else Image.fromarray(values)
        )
        write_whole(self.path(image), lambda path: picture.save(path, 'PNG'))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let a file take its name only when it is whole.

    Args:
        path: The file.
        write: Writes to the path that it is given, of the same suffix.
    """
    unfinished = path.with_name(f'.unfinished-{path.name}')
    try:
        write(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
