"""What a conversion did, for people."""

import shlex
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.table import Table

from ..configs import config_path
from .conversion import Checkpoint
from .recognition import Recognition, rename


def report(
    checkpoint: Checkpoint,
    recognition: Recognition,
    destination: str | Path,
    file: IO[str] | None = None,
) -> None:
    """Print what went where, what was ignored, and what to do next.

    Args:
        checkpoint: The converted checkpoint.
        recognition: What its source was recognized as.
        destination: The converted file.
        file: Where to print. Default: the standard output.
    """
    # Neither markup nor emoji: names and paths are printed as they are.
    console = Console(file=file, markup=False, emoji=False)
    meta = checkpoint['meta']
    console.print(_what_went_where(recognition))
    ignored = ', '.join(recognition.ignored) or 'none'
    # soft_wrap: paths and commands must stay whole, to be copied.
    console.print(f'ignored entries: {ignored}', soft_wrap=True)
    console.print(f'license: {meta["license"]}', soft_wrap=True)
    classes = meta['num_classes']
    if classes is None:
        path = shlex.quote(str(destination))
        console.print(
            f'{destination}: a backbone. To train from it: mim train '
            f'refinenet_mmseg {Path(meta["config"]).name} --cfg-options '
            f'load_from={path} model.backbone.init_cfg=None',
            soft_wrap=True,
        )
        return
    console.print(
        f'{destination}: {classes} classes, config {meta["config"]}',
        soft_wrap=True,
    )
    options = [f'{key}={value}' for key, value in meta['cfg_options'].items()]
    console.print(
        shlex.join(
            [
                *('mim', 'run', 'refinenet_mmseg', 'predict'),
                *(config_path(meta['config']), str(destination), 'IMAGES'),
                *('--out', 'predictions'),
                *(['--cfg-options', *options] if options else []),
            ]
        ),
        soft_wrap=True,
        highlight=False,
    )


def _what_went_where(recognition: Recognition) -> Table:
    table = Table(title=recognition.layout.name)
    table.add_column('published', overflow='fold')
    table.add_column('mmseg', overflow='fold')
    table.add_column('tensors', justify='right')
    table.add_column('values', justify='right')
    for row in recognition.layout.table:
        names = rename(recognition.names, (row,))
        values = sum(recognition.tensors[name].numel() for name in names)
        table.add_row(*row, f'{len(names)}', f'{values:,}')
    return table
