import json
from pathlib import Path

import pytest
from support.planted_faults import FAULTS, change_labels, put
from support.small_camvid import CONFIG, path_of, write_small_camvid


@pytest.fixture
def root(tmp_path):
    return write_small_camvid(tmp_path / 'data')


def test_clean_data(run):
    status, output, _ = run()
    assert status == 0
    assert 'class_weight=[1.0, 1.0, ' in output
    assert 'bicyclist' in output
    assert '8.333' in output
    assert 'test: the same data set as val, read once' in output
    assert '8 images and 8 label maps in' in output
    assert output.endswith('s: 0 errors, 0 warnings\n')


def test_errors_are_shown_and_make_the_status_1(run, root):
    for index in range(5):
        path_of(root, 'trainannot', index).write_bytes(b'')
    change_labels(root, put(200), 'valannot')
    status, output, _ = run()
    assert status == 1
    assert 'files below' in output
    lines = output.splitlines()
    (line,) = [line for line in lines if 'cannot be read' in line]
    assert ' 5 ' in line
    assert '0.png' in line
    # three of five
    assert 'trainannot/2.png' in output
    assert 'trainannot/3.png' not in output
    assert '1.png: 16 pixels' in output
    assert output.endswith('s: 2 errors, 0 warnings\n')


def test_warnings_alone_leave_the_status_0(run, root):
    FAULTS['in both splits'][0](root)
    status, output, _ = run()
    assert status == 0
    assert output.endswith('s: 0 errors, 1 warning\n')


def test_few_of_many_stray_values_are_shown(run, root):
    def change(labels):
        labels[0, :16] = range(100, 116)

    change_labels(root, change)
    _, output, _ = run()
    assert output.count('label value') == 5
    assert 'and 11 more like these (label_value)' in output


def test_json_holds_everything(run, root, tmp_path):
    for index in range(5):
        change_labels(root, put(200), index=index)
    file = tmp_path / 'report.json'
    status, _, _ = run('--json', file, '--workers', 1)
    content = json.loads(file.read_text())
    assert status == 1
    assert content['errors'] == 1
    assert content['config'] == CONFIG
    assert len(content['class_weight']) == 11
    (finding,) = content['findings']
    assert finding['kind'] == 'label_value'
    assert [Path(f['path']).name for f in finding['files']] == [
        f'{index}.png' for index in range(5)
    ]
    train = content['splits']['train']
    assert (train['images'], train['labeled']) == (5, 5)
    assert train['pixels_of_values']['200'] == 80
    # the first row, which holds each value of a column, was painted over
    assert train['classes'][0]['name'] == 'sky'
    assert sum(train['pixels_of_values'].values()) == 5 * 12 * 16


def test_one_split(run):
    status, output, _ = run('--split', 'val')
    assert status == 0
    assert '3 images and 3 label maps' in output
    assert 'class_weight' not in output


@pytest.mark.parametrize(
    ('arguments', 'match'),
    [
        (('--workers', 0), '--workers must be at least 1, got 0'),
        (('--json', '/no/such/folder/f.json'), 'no such folder'),
        (('--json', '/'), 'is a folder'),
        (('--split', 'all'), 'invalid choice'),
    ],
)
def test_unusable_arguments_make_the_status_2(run, arguments, match):
    status, _, errors = run(*arguments)
    assert status == 2
    assert match in errors


def test_config_that_is_missing(run):
    status, _, errors = run(config='none.py')
    assert status == 2
    assert 'no such config: none.py' in errors


def test_split_that_is_missing(run):
    status, _, errors = run(
        '--split', 'val', changes=['val_dataloader.dataset=None']
    )
    assert status == 2
    assert 'has no data set in val_dataloader; its splits: train' in errors


def test_data_set_that_is_unknown(run):
    status, _, errors = run(
        changes=['train_dataloader.dataset.type=NoSuchDataset']
    )
    assert status == 2
    assert 'NoSuchDataset' in errors
