"""The same faults, planted into a part of the real CamVid."""

import shutil
from pathlib import Path

import pytest
from planted_faults import FAULTS
from small_camvid import kinds, make_config

from refinenet_mmseg.datasets.checking import check_dataset

SHARED = Path(__file__).resolve().parents[4] / 'shared' / 'camvid'
COUNTS = {'train': 10, 'val': 5}

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason=f'needs {SHARED} (CamVid)'
)


@pytest.fixture
def root(tmp_path):
    for split, count in COUNTS.items():
        names = sorted(path.name for path in (SHARED / split).iterdir())
        for folder in (split, f'{split}annot'):
            (tmp_path / folder).mkdir()
            for name in names[:: len(names) // count][:count]:
                shutil.copyfile(
                    SHARED / folder / name, tmp_path / folder / name
                )
    return tmp_path


@pytest.mark.parametrize('name', FAULTS)
def test_fault_is_found_in_real_data(root, name):
    plant, expected = FAULTS[name]
    plant(root)
    report = check_dataset(make_config(root))
    assert sorted(kinds(report)) == sorted(expected)
