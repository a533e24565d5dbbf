"""MATLAB files with the structure of the published data sets, in miniature."""

import h5py
import numpy as np
from scipy.io import savemat

_HEADER = b'MATLAB 7.3 MAT-file, Platform: GLNXA64, HDF5 schema 1.00 .'


def open_mat73(path):
    """Create a MATLAB 7.3 file: HDF5 behind a header of 512 bytes."""
    file = h5py.File(path, 'w', userblock_size=512)
    with open(path, 'r+b') as raw:
        raw.write(_HEADER.ljust(124) + b'\x00\x02IM')
    return file


def add_array(group, name, array):
    """Store an array as MATLAB does, with its axes in reverse order."""
    array = np.asarray(array)
    stored = group.create_dataset(name, data=array.T)
    stored.attrs['MATLAB_class'] = np.bytes_(
        {'float64': 'double'}.get(array.dtype.name, array.dtype.name)
    )
    return stored


def add_references(file, group, name, arrays):
    """Store a cell array, or one field of an array of structures."""
    pool = file.require_group('#refs#')
    references = np.empty((len(arrays), 1), h5py.ref_dtype)
    for index, array in enumerate(arrays):
        stored = add_array(pool, f'r{len(pool)}', array)
        references[index] = stored.ref
    group.create_dataset(name, data=references, dtype=h5py.ref_dtype)


def add_strings(file, group, name, strings):
    """Store a cell array of strings, as 16-bit characters."""
    add_references(
        file,
        group,
        name,
        [np.array([[ord(c) for c in text]], np.uint16) for text in strings],
    )


def cell(values):
    """Make a cell array of one row, as ``savemat`` writes it."""
    array = np.empty((1, len(values)), object)
    array[0] = values
    return array


def structures(rows):
    """Make an array of structures of one row, as ``savemat`` writes it."""
    array = np.empty((1, len(rows)), [(name, object) for name in rows[0]])
    for index, row in enumerate(rows):
        for name, value in row.items():
            array[0, index][name] = value
    return array


def write_nyudv2(folder, images, labels, train, test, classes):
    """Write NYU Depth v2's files: images (N, H, W, 3), labels (N, H, W)."""
    with open_mat73(folder / 'nyu_depth_v2_labeled.mat') as file:
        add_array(file, 'images', images.transpose(1, 2, 3, 0))
        add_array(file, 'labels', labels.transpose(1, 2, 0))
        add_strings(file, file, 'names', ['book', 'bottle'])
    savemat(
        folder / 'splits.mat',
        {
            'trainNdxs': np.array(train, np.uint16)[:, None],
            'testNdxs': np.array(test, np.uint16)[:, None],
        },
    )
    savemat(
        folder / 'classMapping40.mat',
        {
            'mapClass': np.array(classes, np.uint8)[None],
            'className': cell(['wall', 'floor']),
            'allClassName': cell(['book', 'bottle']),
        },
    )


def write_sunrgbd(folder, frames, train, test):
    """Write the files of SUN RGB-D's toolbox.

    Args:
        folder: Folder to write into.
        frames: Pairs of an image's path and its label map.
        train: Folders of the training images.
        test: Folders of the test images.
    """
    metadata = folder / 'SUNRGBDtoolbox' / 'Metadata'
    metadata.mkdir(parents=True)
    splits = folder / 'SUNRGBDtoolbox' / 'traintestSUNRGBD'
    splits.mkdir()
    with open_mat73(metadata / 'SUNRGBD2Dseg.mat') as file:
        group = file.create_group('SUNRGBD2Dseg')
        labels = [values for _, values in frames]
        add_references(
            file, group, 'seglabelall', [values * 0 for values in labels]
        )
        add_references(file, group, 'seglabel', labels)
    box = structures([{'classname': 'bed', 'coeffs': np.ones((1, 3))}])
    savemat(
        metadata / 'SUNRGBDMeta.mat',
        {
            'SUNRGBDMeta': structures(
                [
                    {
                        'sequenceName': path.split('data/')[1],
                        'groundtruth3DBB': box if index else np.empty((0, 0)),
                        'K': np.eye(3),
                        'depthpath': path.replace('/image/', '/depth/'),
                        'rgbpath': path,
                        'rgbname': path.rsplit('/', 1)[1],
                        'sensorType': 'kv2',
                    }
                    for index, (path, _) in enumerate(frames)
                ]
            )
        },
    )
    savemat(
        splits / 'allsplit.mat',
        {
            'alltrain': cell(train),
            'alltest': cell(test),
            'trainvalsplit': structures(
                [{'train': cell(train).T, 'val': cell(train).T}]
            ),
        },
    )
