"""Files that are there as a whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """Write a file beside its name, which it gets once it is complete.

    Args:
        path: The name; what it names stays until then.

    Yields:
        Where to write, in the same folder.
    """
    # Some writers choose the format by the suffix.
    beside = path.with_name(f'.{path.stem}.partial{path.suffix}')
    try:
        yield beside
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
