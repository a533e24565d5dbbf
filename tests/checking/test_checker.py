import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config, ConfigDict
from PIL import Image
from support.small_camvid import (
    CONFIG,
    FAULTS,
    change_labels,
    kinds,
    make_config,
    path_of,
    put,
    write_small_camvid,
)

from refinenet_mmseg.checking import check_dataset, samples


@pytest.fixture
def root(tmp_path):
    return write_small_camvid(tmp_path)


@pytest.mark.parametrize('name', FAULTS)
def test_fault_is_found_and_nothing_else(root, name):
    plant, expected = FAULTS[name]
    plant(root)
    report = check_dataset(make_config(root), workers=2)
    assert kinds(report) == expected


def test_finding_names_file_value_and_count(root):
    change_labels(root, put(200, slice(0, 2)))
    (finding,) = check_dataset(make_config(root)).findings
    assert finding.severity == 'error'
    assert finding.message == (
        'label value 200, 32 pixels: no class (0 to 10) and not ignored (255)'
    )
    (file,) = finding.files
    assert file == (str(path_of(root, 'trainannot', 1)), '32 pixels')


def test_errors_come_first(root):
    FAULTS['16 bits, values of 8'][0](root)
    FAULTS['label map cut off'][0](root)
    report = check_dataset(make_config(root))
    assert [f.severity for f in report.findings] == ['error', 'warning']
    assert report.errors == report.findings[:1]


def test_size_of_both_is_named(root):
    change_labels(root, lambda labels: labels[:, 1:].copy())
    (finding,) = check_dataset(make_config(root)).findings
    assert finding.files[0][1] == '15 x 12, its image 16 x 12'


def test_class_that_never_occurs_is_named(root):
    for index in range(5):
        change_labels(
            root, lambda labels: np.where(labels == 7, 5, labels), index=index
        )
    report = check_dataset(make_config(root))
    (finding,) = report.findings
    assert finding.split == 'train'
    assert finding.message == 'never occurs: 7 fence'
    assert report.errors == []
    assert report.class_weight[7] == 1


def test_counts_and_weights(root):
    change_labels(root, put(0, slice(None)), index=0)
    report = check_dataset(make_config(root))
    train = report.statistics['train']
    assert (train.num_images, train.num_labeled) == (5, 5)
    assert train.pixels[0] == 12 * 16 + 4 * 16
    assert train.pixels[10] == 4 * 16
    assert train.images[[0, 10]].tolist() == [5, 4]
    assert train.pixels[255] == 4 * 16
    # class 0 fills 256 of 960 pixels, every other one 1 of 12
    others = pytest.approx(1)
    assert report.class_weight == [
        pytest.approx((1 / 12) / (256 / 960), rel=1e-3),
        *[others] * 10,
    ]


def test_test_split_that_is_validation_is_read_once(root):
    report = check_dataset(make_config(root))
    assert list(report.statistics) == ['train', 'val']
    assert report.notes == ['test: the same data set as val, read once']


@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_one_split_alone(root, split):
    report = check_dataset(make_config(root), split)
    assert list(report.statistics) == [split]
    assert (report.class_weight is None) == (split != 'train')
    assert report.notes == []


def test_progress_counts_all_splits(root):
    ticks = []
    check_dataset(
        make_config(root), on_progress=lambda *args: ticks.append(args)
    )
    assert ticks == [(done, 8) for done in range(1, 9)]


def test_folder_that_is_missing(root):
    config = make_config(root)
    config.val_dataloader.dataset.data_prefix.img_path = 'elsewhere'
    report = check_dataset(config)
    finding = report.errors[0]
    assert (finding.split, finding.kind) == ('val', 'unlistable')
    assert str(root / 'elsewhere') in finding.message
    assert 'train' in report.statistics


def test_images_of_a_list_that_are_missing(root):
    (root / 'list.txt').write_text('0\n1\nmore\n')
    config = make_config(root)
    config.train_dataloader.dataset.ann_file = 'list.txt'
    path_of(root, 'train', 4).unlink()
    report = check_dataset(config, 'train')
    # what the list leaves out is no fault
    assert kinds(report) == [
        ('train', 'image_missing', 1),
        ('train', 'label_missing', 1),
    ]


def test_split_without_labels_is_read_for_its_images(root):
    config = make_config(root)
    config.val_dataloader.dataset.data_prefix.seg_map_path = None
    path_of(root, 'val').write_bytes(b'')
    report = check_dataset(config, 'val')
    assert kinds(report) == [('val', 'image_unreadable', 1)]
    assert report.notes == ['val: images only, no label maps to load']


def test_pipeline_that_loads_no_labels(root):
    config = make_config(root)
    config.test_dataloader.dataset.pipeline = [
        dict(type='LoadImageFromFile'),
        dict(type='PackSegInputs'),
    ]
    path_of(root, 'valannot').unlink()
    path_of(root, 'val', 2).unlink()
    report = check_dataset(config, 'test')
    assert kinds(report) == []
    assert report.notes == ['test: images only, no label maps to load']


def test_training_needs_labels(root):
    config = make_config(root)
    config.train_dataloader.dataset.data_prefix.seg_map_path = None
    report = check_dataset(config, 'train')
    assert kinds(report) == [('train', 'no_labels', 0)]
    assert report.class_weight is None


def test_some_images_without_labels(root):
    config = make_config(root)
    unlabeled = dict(config.val_dataloader.dataset)
    unlabeled['data_prefix'] = dict(img_path='val')
    config.train_dataloader.dataset = ConfigDict(
        type='ConcatDataset',
        datasets=[config.train_dataloader.dataset, unlabeled],
    )
    report = check_dataset(config, 'train')
    assert kinds(report) == [('train', 'label_missing', 3)]


def test_value_next_to_the_classes_may_mean_reduction(root):
    config = make_config(root)
    config.train_dataloader.dataset.update(
        type='BaseSegDataset',
        img_suffix='.png',
        metainfo=dict(classes=tuple('abcdefghijk')),
    )
    (finding,) = check_dataset(config, 'train').findings
    assert finding.kind == 'label_value'
    assert finding.message.endswith(
        'set reduce_zero_label=True if 0 means no class'
    )


def test_interrupted_check_stops_reading(root, monkeypatch):
    read = []

    def slowly(opened, index):
        time.sleep(0.05)
        read.append(index)
        return samples.Sample(str(index), None)

    def interrupt(done, total):
        raise KeyboardInterrupt

    monkeypatch.setattr(samples, 'read_sample', slowly)
    with pytest.raises(KeyboardInterrupt) as held:
        check_dataset(make_config(root), workers=1, on_progress=interrupt)
    stopped = len(read)
    time.sleep(0.15)
    assert len(read) == stopped < 5
    assert held.traceback  # keeps the frames, and what they hold, until here


def test_a_reduction_of_labels_that_start_at_zero_is_an_error(root):
    config = make_config(root)
    config.train_dataloader.dataset.reduce_zero_label = True
    (finding,) = check_dataset(config).errors
    assert (finding.split, finding.kind) == ('train', 'reduce_zero_label')
    assert 'the files hold 0 to 11' in finding.message


def test_settings_are_judged_by_all_splits(root):
    """A class that is rare in one split says nothing."""
    config = make_config(root)
    for name in ('train', 'val', 'test'):
        data = config[f'{name}_dataloader'].dataset
        data.type = 'BaseSegDataset'
        data.img_suffix = '.png'
        data.reduce_zero_label = True
        data.metainfo = dict(classes=tuple('abcdefghijk'))
    for index in range(5):
        change_labels(
            root,
            lambda labels: np.where(labels == 11, 10, labels),
            index=index,
        )
    assert kinds(check_dataset(config)) == [('train', 'class_never_occurs', 0)]
    alone = check_dataset(config, 'train')
    assert ('train', 'reduce_zero_label', 0) in kinds(alone)


def test_value_outside_after_reduction_is_named_as_in_the_file(root):
    change_labels(root, put(201))
    config = make_config(root)
    config.train_dataloader.dataset.update(
        type='BaseSegDataset',
        img_suffix='.png',
        reduce_zero_label=True,
        metainfo=dict(classes=tuple('abcdefghijk')),
    )
    (finding,) = check_dataset(config, 'train').errors
    assert finding.message.startswith(
        'label value 200 (201 in the files), 16 pixels: '
    )


def test_label_map_decides_what_training_sees(root):
    config = make_config(root)
    config.model.decode_head.num_classes = 2
    for name in ('train', 'val', 'test'):
        config[f'{name}_dataloader'].dataset.metainfo = dict(
            classes=('car', 'sky')
        )
    report = check_dataset(config)
    assert kinds(report) == []
    assert report.statistics['train'].pixels[:2].tolist() == [80, 80]


def test_repeated_and_joined_data_sets_are_read_once(root):
    config = make_config(root)
    train = config.train_dataloader.dataset
    config.train_dataloader.dataset = ConfigDict(
        type='ConcatDataset',
        datasets=[
            dict(type='RepeatDataset', times=3, dataset=train),
            config.val_dataloader.dataset,
        ],
    )
    change_labels(root, put(200))
    change_labels(root, put(200), 'valannot')
    report = check_dataset(config, 'train')
    assert report.statistics['train'].num_images == 8
    assert kinds(report) == [('train', 'label_value', 2)]


def test_data_set_of_mmseg_without_a_model(root):
    for split in ('train', 'val'):
        for path in (root / split).iterdir():
            path.rename(path.with_name(f'{path.stem}_leftImg8bit.png'))
        for path in (root / f'{split}annot').iterdir():
            path.rename(
                path.with_name(f'{path.stem}_gtFine_labelTrainIds.png')
            )
    path_of(root, 'train').unlink()
    config = Config(
        dict(
            train_dataloader=dict(
                dataset=dict(
                    type='CityscapesDataset',
                    data_root=str(root),
                    data_prefix=dict(
                        img_path='train', seg_map_path='trainannot'
                    ),
                )
            )
        )
    )
    report = check_dataset(config)
    assert kinds(report) == [
        ('train', 'label_without_image', 1),
        ('train', 'class_never_occurs', 0),
    ]


def test_link_to_a_training_image_is_a_duplicate(root):
    path = path_of(root, 'val')
    path.unlink()
    os.symlink(path_of(root, 'train', 3), path)
    (finding,) = check_dataset(make_config(root)).findings
    assert finding.files == [(str(path), f'is {path_of(root, "train", 3)}')]


def test_label_backend_of_the_pipeline_is_used(root):
    """OpenCV makes colors of a palette."""
    path = path_of(root, 'trainannot')
    with Image.open(path) as image:
        labels = image.copy()
    labels.putpalette(list(range(256)) * 3)
    labels.save(path)
    config = make_config(root)
    assert kinds(check_dataset(config, 'train')) == []
    config.train_dataloader.dataset.pipeline[1].imdecode_backend = 'cv2'
    report = check_dataset(config, 'train')
    assert kinds(report) == [('train', 'label_format', 1)]
    assert report.findings[0].files[0][1] == 'loads as 12 x 16 x 3'


def test_clean_data(run):
    status, output, _ = run()
    assert status == 0
    assert (
        "loss_decode=dict(type='ClassWeightedCrossEntropyLoss', "
        'class_weight=[1.0, 1.0, '
    ) in output
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


def test_warnings_alone_keep_the_status_0(run, root):
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
    assert 'There is no config none.py' in errors


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
