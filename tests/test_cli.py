import argparse
import pickle

import pytest
from torch.utils.data import DataLoader, Dataset

from refinenet_mmseg.cli import run_tool


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


class Damaged(Dataset):
    def __len__(self):
        return 1

    def __getitem__(self, index):
        raise OSError('cannot read the image a.jpg:\nthe data end too early')


def test_a_workers_error_is_its_own_message(capsys):
    def tool(arguments):
        list(DataLoader(Damaged(), num_workers=1))

    assert run(tool) == 2
    assert capsys.readouterr().err == (
        'tool: error: cannot read the image a.jpg: the data end too early\n'
    )
