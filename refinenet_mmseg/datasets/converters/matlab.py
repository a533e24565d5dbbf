"""Reading of MATLAB files up to version 7, and of 7.3, which are HDF5."""

import zlib
from pathlib import Path
from typing import Any

from ...compat.requirements import import_extra

# Chunks of a compressed array may cover several images.
_CACHE_BYTES = 64 * 1024**2


def read_mat(path: Path, *names: str) -> list[Any]:
    """Read variables of a MATLAB file up to version 7.

    Args:
        path: The file.
        names: Names of the variables.

    Returns:
        The variables: arrays without axes of length 1; cell arrays as arrays
        of objects; structures with their fields as attributes.

    Raises:
        ImportError: If SciPy is missing.
        OSError: If the file cannot be opened.
        ValueError: If it is another kind of file or lacks a variable.
    """
    scipy_io = import_extra('scipy.io', 'datasets')
    # A file that cannot be opened keeps its own error.
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
            IndexError,  # this and those below: cut off, or no MATLAB file
            OSError,
            TypeError,
            ValueError,
            scipy_io.matlab.MatReadError,
            zlib.error,  # damaged
        ) as error:
            raise ValueError(
                f'{path} is not a complete MATLAB file up to version 7 '
                f'({error}); download it again.'
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
    """Open a MATLAB file of version 7.3 to read its arrays part by part.

    MATLAB stores the axes in reverse order: a matrix appears transposed.

    Returns:
        The ``h5py.File``, a context manager.

    Raises:
        ImportError: If h5py is missing.
        OSError: If the file cannot be opened.
        ValueError: If it is another kind of file or cut short.
    """
    h5py = import_extra('h5py', 'datasets')
    path.open('rb').close()
    try:
        return h5py.File(path, 'r', rdcc_nbytes=_CACHE_BYTES)
    except OSError as error:
        raise ValueError(
            f'{path} is not a complete MATLAB file of version 7.3 ({error}); '
            'download it again.'
        ) from error


def get_array(file: Any, name: str) -> Any:
    """Return an array of an open MATLAB file of version 7.3, not yet read.

    Args:
        file: The ``h5py.File`` of :func:`open_hdf5`.
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
