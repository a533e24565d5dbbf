"""The rows of docs/reliability.md's fault table: what is wrong, what happens.

A row is a function that does what is wrong in a folder of its own. It either
checks that the result is right, or has to end in one error.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest


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
