"""Reading and reproducible writing of archives."""

import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

# Errors of reading a damaged or encrypted archive.
ARCHIVE_ERRORS = (
    *(OSError, EOFError, RuntimeError, ValueError),
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error),
)
EARLIEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
FILE_MODE = stat.S_IFREG | 0o644


class Member(NamedTuple):
    """An entry of an archive.

    Args:
        name: Its path in the archive, as written there.
        kind: ``file``, ``folder`` or ``link`` (all other kinds).
        read: Reads its content.
    """

    name: str
    kind: str
    read: Callable[[], bytes]


def write_archive(path: Path, files: Mapping[str, Path]) -> None:
    """Pack files, sorted by name, without times and owners.

    Args:
        path: A zip by its suffix, or else a gzipped tar.
        files: The file for each path in the archive.
    """
    members = sorted(files.items())
    if path.suffix == '.zip':
        # Stored: PNG files are compressed already, and zlib versions differ.
        with zipfile.ZipFile(path, 'w', zipfile.ZIP_STORED) as packed:
            for name, file in members:
                info = zipfile.ZipInfo(name, EARLIEST_ZIP_TIME)
                info.create_system = 3  # Unix, on any system
                info.external_attr = FILE_MODE << 16
                packed.writestr(info, file.read_bytes())
        return
    with (
        path.open('wb') as raw,
        gzip.GzipFile('', 'wb', fileobj=raw, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode='w') as tar,
    ):
        for name, file in members:
            entry = tarfile.TarInfo(name)
            entry.size = file.stat().st_size
            with file.open('rb') as content:
                tar.addfile(entry, content)


@contextmanager
def open_archive(path: Path) -> Iterator[list[Member]]:
    """List the entries of an archive that :func:`write_archive` could write.

    Nothing is unpacked to disk.

    Args:
        path: A zip by its suffix, or else a gzipped tar.

    Raises:
        ARCHIVE_ERRORS: If it, or later an entry of it, cannot be read.
    """
    if path.suffix == '.zip':
        with zipfile.ZipFile(path) as packed:
            yield [_zip_member(packed, info) for info in packed.infolist()]
    else:
        with tarfile.open(path, 'r:gz') as tar:
            yield [_tar_member(tar, info) for info in tar]


def _zip_member(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    kind = 'folder' if info.is_dir() else 'file'
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        kind = 'link'
    return Member(info.filename, kind, lambda: packed.read(info))


def _tar_member(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    kind = 'file' if info.isreg() else 'folder' if info.isdir() else 'link'

    def read() -> bytes:
        content = tar.extractfile(info)
        return content.read() if content else b''

    return Member(info.name, kind, read)
