import numpy as np
import pytest
from scipy.io import savemat
from support.matlab_files import cell, structures

from refinenet_mmseg.datasets.converters.matlab import open_hdf5, read_mat


def test_values_come_without_axes_of_length_1(tmp_path):
    path = tmp_path / 'file.mat'
    savemat(
        path,
        {
            'numbers': np.arange(3)[:, None],
            'strings': cell(['a', 'bc']),
            'rows': structures([{'name': 'd'}, {'name': 'e'}]),
        },
    )
    rows, strings, numbers = read_mat(path, 'rows', 'strings', 'numbers')
    assert numbers.tolist() == [0, 1, 2]
    assert strings.tolist() == ['a', 'bc']
    assert [row.name for row in rows] == ['d', 'e']


@pytest.mark.parametrize('compressed', [False, True])
def test_file_cut_off_anywhere_is_refused(tmp_path, compressed):
    path = tmp_path / 'file.mat'
    savemat(path, {'numbers': np.arange(9.0) ** 7}, do_compression=compressed)
    content = path.read_bytes()
    for length in range(len(content) - 8):  # less padding and checksum
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=r'file\.mat (is no|has no)'):
            read_mat(path, 'numbers')


@pytest.mark.parametrize('read', [open_hdf5, read_mat])
def test_file_that_cannot_be_opened_keeps_its_own_error(tmp_path, read):
    with pytest.raises(FileNotFoundError, match=r'file\.mat'):
        read(tmp_path / 'file.mat')
    with pytest.raises(IsADirectoryError):
        read(tmp_path)
