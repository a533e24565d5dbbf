"""What a function of the stack below is made of."""

import inspect
from collections.abc import Callable
from typing import Any


def words_of(function: Callable[..., Any]) -> str:
    """List the names and texts in a function's code, one a line.

    Unlike its source, the code is there in every installation.

    Args:
        function: A function of Python's.
    """
    code = inspect.unwrap(function).__code__
    return '\n'.join(map(str, (*code.co_names, *code.co_consts)))
