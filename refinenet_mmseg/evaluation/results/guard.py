"""What happens when a run cannot tell its result."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from mmengine.logging import print_log


class NoResultError(RuntimeError):
    """A run lacks what its result should tell."""


def never_stops_the_run(method: Callable) -> Callable:
    """Log what goes wrong in one line: a run is worth more than its result.

    Args:
        method: Of a hook.
    """

    @functools.wraps(method)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            method(*args, **kwargs)
        except Exception as error:
            text = str(error)
            if not isinstance(error, NoResultError):
                text = f'{type(error).__name__}: {text}'
            print_log(
                f'This run leaves no result file: {text}',
                logger='current',
                level=logging.WARNING,
            )

    return guarded
