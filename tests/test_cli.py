import argparse
import json
import pickle

import pytest
import torch
from mmengine import Config
from mmengine.utils import is_seq_of
from mmseg.registry import TRANSFORMS
from torch.utils.data import DataLoader, Dataset

from refinenet_mmseg.cli import run_tool
from refinenet_mmseg.config_checks import require_keys


def run(tool, *arguments):
    parser = argparse.ArgumentParser(prog='tool')
    parser.add_argument('--value')
    with pytest.raises(SystemExit) as info:
        run_tool(parser, tool, arguments)
    return info.value.code


def fail(error):
    def tool(arguments):
        raise error

    return tool


def test_the_exit_status_is_what_the_tool_returns():
    seen = []

    def tool(arguments):
        seen.append(vars(arguments))
        return 1

    assert run(tool, '--value', 'x') == 1
    assert seen == [dict(value='x')]
    assert run(lambda _: None) == 0


@pytest.mark.parametrize(
    ('error', 'message'),
    [
        (ValueError('two\n  lines'), 'two lines'),
        (KeyError("the config has no 'model'"), "the config has no 'model'"),
        (FileNotFoundError('no such file: a.pth'), 'no such file: a.pth'),
        (pickle.UnpicklingError('a.pth is damaged'), 'a.pth is damaged'),
        (ImportError(), 'ImportError'),
    ],
)
def test_a_users_error_is_one_line(capsys, error, message):
    assert run(fail(error)) == 2
    printed = capsys.readouterr()
    assert printed.err == f'tool: error: {message}\n'
    assert printed.out == ''


def test_the_traceback_is_shown_on_request():
    parser = argparse.ArgumentParser()
    with pytest.raises(ValueError, match='wrong'):
        run_tool(parser, fail(ValueError('wrong')), ['--traceback'])


def test_a_defect_keeps_its_traceback():
    parser = argparse.ArgumentParser()
    with pytest.raises(ZeroDivisionError):
        run_tool(parser, fail(ZeroDivisionError()), [])


def test_a_key_that_a_config_lacks_is_named(capsys):
    config = Config(dict(model=dict(crop_size=3)))
    assert run(lambda _: config.model.stride) == 2
    error = capsys.readouterr().err
    assert "no attribute 'stride': add the key to the config" in error
    assert error.endswith('beside crop_size\n')


@TRANSFORMS.register_module(force=True)
class BuiltForTests:
    """A transform of another package, which a test makes fail."""

    def __init__(self, fail, **kwargs):
        fail()


def build(fail):
    config = dict(type='BuiltForTests', fail=fail, root='here', steps=[])
    return lambda _: TRANSFORMS.build(config)


def refuse_assertion():
    raise AssertionError('root must be a folder')


@pytest.mark.parametrize(
    ('fail', 'message'),
    [
        (refuse_assertion, 'root must be a folder'),
        (lambda: 'here'.get('x'), "'str' object has no attribute 'get'"),
        (lambda: len(3), "object of type 'int' has no len()"),
        (lambda: b'\xff'.decode(), "'utf-8' codec can't decode byte 0xff"),
        (lambda: torch.empty(-1), 'Trying to create tensor with negative'),
    ],
)
def test_an_object_that_cannot_be_built_is_named(capsys, fail, message):
    assert run(build(fail)) == 2
    error = capsys.readouterr().err
    named = "tool: error: cannot build BuiltForTests(root='here'): "
    assert error.startswith(named + message)
    assert error.count('\n') == 1


def test_a_name_in_place_of_an_object_is_named_by_what_holds_it(capsys):
    assert run(build(lambda: TRANSFORMS.build('name'))) == 2
    error = capsys.readouterr().err
    assert 'cannot build BuiltForTests' in error
    assert "got <class 'str'>" in error


@pytest.mark.parametrize(
    ('fail', 'error'),
    [
        (lambda: torch.nowhere, AttributeError),
        (lambda: 1 / 0, ZeroDivisionError),
        (lambda: [][0], IndexError),
    ],
)
def test_a_defect_of_a_constructor_keeps_its_traceback(fail, error):
    with pytest.raises(error):
        run_tool(argparse.ArgumentParser(), build(fail), [])


@pytest.mark.parametrize('error', [AssertionError, AttributeError])
def test_a_defect_outside_of_constructors_keeps_its_traceback(error):
    with pytest.raises(error):
        run_tool(argparse.ArgumentParser(), fail(error('x')), [])


def test_a_defect_of_this_package_keeps_its_traceback():
    with pytest.raises(AttributeError, match='filename'):
        run_tool(
            argparse.ArgumentParser(),
            build(lambda: require_keys({}, '', 'a')),
            [],
        )


def test_assertions_of_openmmlab_are_arguments(capsys):
    def tool(arguments):
        is_seq_of([], int, seq_type=3)

    assert run(tool) == 2
    printed = capsys.readouterr().err
    assert printed == 'tool: error: assert isinstance(seq_type, type)\n'


class Failing(Dataset):
    """A data set that fails in the worker."""

    def __init__(self, fail):
        self.fail = fail

    def __len__(self):
        return 1

    def __getitem__(self, index):
        self.fail()


def raise_os_error():
    raise OSError('cannot read the image a.jpg:\n  the data end too early')


def raise_from_another():
    try:
        b'\xff'.decode()
    except ValueError as error:
        raise KeyError('no file list.txt') from error


@pytest.mark.parametrize(
    ('fail', 'message'),
    [
        (
            raise_os_error,
            'cannot read the image a.jpg: the data end too early',
        ),
        (raise_from_another, "'no file list.txt'"),
        # Classes that take more than a message: torch makes a RuntimeError.
        (
            lambda: b'\xff'.decode(),
            "'utf-8' codec can't decode byte 0xff in position 0: invalid "
            'start byte',
        ),
        (
            lambda: json.loads('{'),
            'Expecting property name enclosed in double quotes: line 1 '
            'column 2 (char 1)',
        ),
    ],
)
def test_a_workers_error_is_its_own_message(capsys, fail, message):
    def tool(arguments):
        list(DataLoader(Failing(fail), num_workers=1))

    assert run(tool) == 2
    assert capsys.readouterr().err == f'tool: error: {message}\n'


def test_a_workers_defect_keeps_its_traceback():
    def tool(arguments):
        list(DataLoader(Failing(lambda: [][0]), num_workers=1))

    with pytest.raises(IndexError):
        run_tool(argparse.ArgumentParser(), tool, [])
