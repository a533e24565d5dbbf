"""Files of MATLAB: those up to version 7 and those of 7.3, which are HDF5."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Chunks of a compressed array may cover several images.
_CACHE_BYTES = 64 * 1024**2


def check_files(folder: Path, sources: Mapping[str, str]) -> None:
    """Check that the files to convert are there.

    Args:
        folder: Folder that they lie in.
        sources: For each path below the folder, where it comes from.

    Raises:
        FileNotFoundError: If one is missing; says where each comes from.
    """
    missing: dict[str, list[str]] = {}
    for name, source in sources.items():
        if not (folder / name).exists():
            missing.setdefault(source, []).append(name)
    if missing:
        raise FileNotFoundError(
            f'{folder} lacks '
            + '; '.join(
                f'{", ".join(names)} (download: {source})'
                for source, names in missing.items()
            )
        )


def read_mat(path: Path, *names: str) -> list[Any]:
    """Read variables of a MATLAB file up to version 7.

    Args:
        path: File to read.
        names: Variables to read.

    Returns:
        The variables: arrays without axes of length 1; cell arrays as arrays
        of objects; structures with their fields as attributes.

    Raises:
        ImportError: If SciPy is missing.
        OSError: If the file cannot be opened.
        ValueError: If it is another kind of file or lacks a variable.
    """
    scipy_io = _import('scipy.io')
    # Not to be readable is another error than not to be MATLAB's.
    with path.open('rb') as stream:
        try:
            found = scipy_io.loadmat(
                stream,
                variable_names=names,
                squeeze_me=True,
                struct_as_record=False,
            )
        except (
            NotImplementedError,  # version 7.3
            IndexError,  # this and the rest: cut off, or no MATLAB file
            OSError,
            TypeError,
            ValueError,
            scipy_io.matlab.MatReadError,
        ) as error:
            raise ValueError(
                f'{path} is no whole MATLAB file up to version 7 ({error}); '
                'download it again.'
            ) from error
    missing = [name for name in names if name not in found]
    if missing:
        there = ', '.join(name for name, *_ in scipy_io.whosmat(path))
        raise ValueError(
            f'{path} has no variable {missing[0]!r} (it has {there}); it is '
            'another file of that name.'
        )
    return [found[name] for name in names]


def open_hdf5(path: Path) -> Any:
    """Open a MATLAB file of version 7.3, to read arrays of it one by one.

    MATLAB counts axes in the other order: an array of it is transposed here.

    Args:
        path: File to open.

    Returns:
        The ``h5py.File``, a context manager.

    Raises:
        ImportError: If h5py is missing.
        OSError: If the file cannot be opened.
        ValueError: If it is another kind of file or cut short.
    """
    h5py = _import('h5py')
    path.open('rb').close()
    try:
        return h5py.File(path, 'r', rdcc_nbytes=_CACHE_BYTES)
    except OSError as error:
        raise ValueError(
            f'{path} is no whole MATLAB file of version 7.3 ({error}); '
            'download it again.'
        ) from error


def dataset(file: Any, name: str) -> Any:
    """Look up an array of an open MATLAB file of version 7.3.

    Args:
        file: What ``open_hdf5`` returned.
        name: Path of the array in the file, fields after a slash.

    Raises:
        ValueError: If the file has no such array.
    """
    found = file.get(name)
    if not hasattr(found, 'shape'):
        raise ValueError(
            f'{file.filename} has no array {name!r} (it has '
            f'{", ".join(sorted(file))}); it is another file of that name.'
        )
    return found


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ImportError(
            f'{name} is needed to read files of MATLAB and not installed; '
            "run: pip install 'refinenet_mmseg[datasets]'"
        ) from error
