import json

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from support.results import make_result

from refinenet_mmseg.evaluation.results import result_file
from refinenet_mmseg.evaluation.results.result_file import (
    read_result,
    validate_result,
    write_result,
)


def finished_run(**changes):
    """Return a result with all optional fields, and one class absent."""
    fields = dict(
        boundary={'1': 20.0, '8': None},
        pictures=[dict(name='a', prediction='predictions/a.png')],
    )
    return make_result(**fields | changes)


def test_comes_back_as_it_was_written(tmp_path):
    path = tmp_path / 'new' / 'result.json'
    result = finished_run()
    write_result(path, result)
    assert read_result(path) == result
    assert [file.name for file in path.parent.iterdir()] == ['result.json']


def test_optional_and_unknown_fields_may_be_missing():
    result = finished_run(
        seed=None,
        git_commit=None,
        git_dirty=None,
        input_size=None,
        test_size=[8, 6],
        boundary=None,
        iterations=None,
        training_seconds=None,
        batch_size=None,
        processes=None,
        device=None,
        dtype=None,
        initialisation=None,
        cost=None,
    )
    del result['pictures']
    validate_result(result)


@pytest.mark.parametrize('field', sorted(set(finished_run()) - {'pictures'}))
def test_no_field_is_left_out(field):
    result = finished_run()
    del result[field]
    with pytest.raises(ValueError, match=f"'{field}' is a required"):
        validate_result(result)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(epochs=3), "'epochs' was unexpected"),
        (dict(schema_version=2), 'schema_version: 1 was expected'),
        (dict(name=''), "name: '' should be non-empty"),
        (dict(config_hash='A'), "config_hash: 'A' does not match .*SHA-256"),
        (dict(git_commit='abc'), "git_commit: 'abc' does not match"),
        (dict(split='minival'), "split: 'minival' is not one of .*'val'"),
        (dict(num_images=0), 'num_images: 0 is less than'),
        (dict(input_size=[8]), r'input_size: \[8\] is too short'),
        (dict(test_size='full'), 'test_size: .*original'),
        (dict(classes=['sky', 'sky']), 'classes: .* non-unique'),
        (dict(palette=[[0, 0, 0]]), 'palette: found 1 colors.* 3 classes'),
        (
            dict(palette=[[0, 0, 256], [0, 0, 0]]),
            r'palette\.0\.2: 256 is greater',
        ),
        (
            dict(metrics=dict(mIoU=101, mAcc=1, aAcc=1)),
            r'metrics\.mIoU: 101 is greater than the maximum of 100',
        ),
        (dict(metrics=dict(mIoU=1, mAcc=1)), 'metrics: .aAcc. is a required'),
        (
            dict(per_class_iou=dict(sky=1.0, car=1.0)),
            "'road' is in classes and not",
        ),
        (
            dict(per_class_iou=dict(sky=1, road=1, car=1, sea=1)),
            "'sea' is in per_class_iou and not in classes",
        ),
        (
            dict(per_class_iou=dict(sky=float('nan'), road=1.0)),
            r'per_class_iou\.sky: nan is not a number; write null',
        ),
        (dict(training_seconds=float('inf')), 'training_seconds: inf is not'),
        (dict(seed=np.int64(3)), "seed: .*3.* is not of type 'integer'"),
        (dict(boundary={'0': 1.0}), "boundary: '0' does not match"),
        (dict(boundary={}), 'boundary: .*non-empty'),
        (dict(dtype='float16'), "dtype: 'float16' is not one of .*'fp16'"),
        (dict(date='yesterday'), "date: 'yesterday' does not match"),
        (dict(cost=dict(latency_ms=1)), r'cost\.latency_ms: 1 is not'),
        (
            dict(pictures=[dict(name='a', prediction='/etc/a.png')]),
            r"pictures\.0\.prediction: '/etc/a\.png' does not match",
        ),
    ],
)
def test_names_the_error_and_writes_nothing(tmp_path, changes, message):
    path = tmp_path / 'result.json'
    with pytest.raises(ValueError, match=rf'result\.json: .*{message}'):
        write_result(path, finished_run(**changes))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{', 'is not valid JSON'),
        ('[]', r"\[\] is not of type 'object'"),
        ('{"metrics": NaN}', 'NaN is not a JSON number; write null'),
        ('{"seed": 1, "seed": 2}', "'seed' occurs more than once"),
        ('{"seed": 1}', 'is a required property'),
    ],
)
def test_reading_names_the_error(tmp_path, text, message):
    path = tmp_path / 'result.json'
    path.write_text(text)
    with pytest.raises(ValueError, match=rf'result\.json.*{message}'):
        read_result(path)


def test_names_a_file_that_is_not_there(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r'no result file .*none\.json'
    ):
        read_result(tmp_path / 'none.json')


def test_an_interrupted_write_leaves_the_old_result(tmp_path, monkeypatch):
    path = tmp_path / 'result.json'
    write_result(path, finished_run(seed=1))

    class Killed(BaseException):
        pass

    def die(source, target):
        raise Killed

    monkeypatch.setattr('os.replace', die)
    with pytest.raises(Killed):
        write_result(path, finished_run(seed=2))
    assert json.loads(path.read_text())['seed'] == 1
    assert list(tmp_path.iterdir()) == [path]


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(
        json.loads(result_file.SCHEMA.read_text())
    )
