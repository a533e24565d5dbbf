"""The tool finds the same faults in a part of the real CamVid."""

import json
import shutil
from pathlib import Path

import pytest
from support.small_camvid import CONFIG, FAULTS

SHARED = Path(__file__).resolve().parents[3] / 'shared' / 'camvid'
COUNTS = {'train': 10, 'val': 5}
# Faults for a person to judge; all others that are found make the status 1.
JUDGED = {'16 bits, values of 8', 'nothing labeled', 'in both splits'}
REDUCED = """
_base_ = [{config!r}]
reduced = dict(dataset=dict(reduce_zero_label=True))
train_dataloader = val_dataloader = test_dataloader = reduced
"""

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason=f'needs {SHARED} (CamVid)'
)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / 'camvid'
    for split, count in COUNTS.items():
        names = sorted(path.name for path in (SHARED / split).iterdir())
        for folder in (split, f'{split}annot'):
            (root / folder).mkdir(parents=True)
            for name in names[:: len(names) // count][:count]:
                shutil.copyfile(SHARED / folder / name, root / folder / name)
    return root


@pytest.fixture
def check(run, tmp_path):
    """Run the tool; return its status and what it found."""

    def check(**arguments):
        file = tmp_path / 'report.json'
        status, *_ = run('--json', file, **arguments)
        return status, json.loads(file.read_text())['findings']

    return check


@pytest.mark.parametrize('name', FAULTS)
def test_fault_is_found_in_real_data(root, check, name):
    plant, expected = FAULTS[name]
    plant(root)
    status, findings = check()
    found = [(f['split'], f['kind'], len(f['files'])) for f in findings]
    assert sorted(found) == sorted(expected)
    assert status == (1 if expected and name not in JUDGED else 0)


def test_reduced_zero_label_is_found_in_real_data(check, tmp_path):
    config = tmp_path / 'reduced.py'
    config.write_text(REDUCED.format(config=CONFIG))
    status, findings = check(config=config)
    assert status == 1
    assert [(f['split'], f['kind']) for f in findings] == [
        ('train, val', 'reduce_zero_label')
    ]
    assert 'the files hold 0 to 11' in findings[0]['message']
