"""Faults and their table in docs/reliability.md, and malicious pickles.

A row of the table is a function that plants a fault in a folder. It either
checks that the result is right, or must end in one error. Print the table by::

    cd tests && python -m support.faults
"""

import functools
import os
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import refinenet_mmseg  # noqa: F401, before mmseg, which imports torchvision


class Row(NamedTuple):
    fault: str
    met_by: str
    outcome: str
    run: Callable[[Path], None]


class FaultRows(list):
    """Rows of one module, which registers them by decorators."""

    def right(self, fault, met_by, outcome):
        """Register a function that checks the result."""

        def register(run):
            self.append(Row(fault, met_by, f'right: {outcome}', run))
            return run

        return register

    def refused(self, fault, met_by, error, match, names):
        """Register a function that has to end in one error.

        The message has to be found in the error that the user reads, not in
        those that it came from.
        """

        def register(run):
            @functools.wraps(run)
            def expect(folder):
                with pytest.raises(error, match=match) as info:
                    run(folder)
                assert type(info.value) is error
                assert 'assert' not in str(info.value)

            outcome = f'`{error.__name__}`: names {names}'
            self.append(Row(fault, met_by, outcome, expect))
            return run

        return register

    def parametrize(self):
        """Make of every row a case of the test that takes ``row``."""
        names = [f'{row.met_by}: {row.fault}' for row in self]
        assert len(set(names)) == len(names)
        return pytest.mark.parametrize('row', self, ids=names)


class Trap:
    """An object whose pickle creates a folder when it is loaded."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def code_config(folder):
    """Return the text of a config that creates a folder when it is run."""
    return f"__import__('os').mkdir({str(folder)!r})\nmodel = dict(type='x')\n"


# Modules of the fault table's rows.
FOLDER = Path(__file__).parents[1] / 'faults'

MODULES = {
    'Images': 'test_bad_images',
    'Label maps': 'test_bad_labels',
    'Configs': 'test_bad_configs',
    'Checkpoints': 'test_bad_checkpoints',
    'Tensors': 'test_bad_tensors',
}


def read_rows(module):
    """Read the rows of a module of tests."""
    return runpy.run_path(str(FOLDER / f'{module}.py'))['ROWS']


def fault_table():
    """Write the rows of all modules as Markdown."""
    lines = []
    for title, module in MODULES.items():
        rows = read_rows(module)
        lines += [
            *(f'**{title}** ({len(rows)})', ''),
            *('| what is wrong | met by | outcome |', '|---|---|---|'),
            *(
                f'| {row.fault} | {row.met_by} | {row.outcome} |'
                for row in rows
            ),
            '',
        ]
    return '\n'.join(lines)


if __name__ == '__main__':
    print(fault_table())
