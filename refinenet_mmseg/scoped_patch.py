"""Functions of other packages, replaced in one thread and for a while."""

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# Owner, name of the attribute, and its replacement, which is called with the
# original as its first argument.
Patch = tuple[Any, str, Callable[..., Any]]


class ScopedPatch:
    """Replace functions while entered, in the entering threads only.

    Other threads call the originals. The functions are put back when the last
    thread leaves, unless somebody else has replaced them since.

    Args:
        patches: The functions to replace; those that their owner does not
            have are left out.
    """

    def __init__(self, *patches: Patch) -> None:
        self._patches = [p for p in patches if p[1] in vars(p[0])]
        self._installed: list[tuple[Any, str, Any, Any]] = []
        self._lock = threading.Lock()
        self._num_entered = 0
        self._thread = threading.local()
        self._everywhere = False

    @property
    def is_active(self) -> bool:
        """Whether the functions are replaced in this thread."""
        return self._everywhere or getattr(self._thread, 'depth', 0) > 0

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Replace the functions in this thread."""
        self._acquire()
        self._thread.depth = getattr(self._thread, 'depth', 0) + 1
        try:
            yield
        finally:
            self._thread.depth -= 1
            self._release()

    def enter_everywhere(self) -> None:
        """Replace the functions in all threads, until the process ends."""
        if not self._everywhere:
            self._acquire()
            self._everywhere = True

    def _acquire(self) -> None:
        with self._lock:
            self._num_entered += 1
            if self._num_entered == 1:
                for patch in self._patches:
                    self._install(*patch)

    def _release(self) -> None:
        with self._lock:
            self._num_entered -= 1
            while self._num_entered == 0 and self._installed:
                owner, name, kept, ours = self._installed.pop()
                if vars(owner)[name] is ours:
                    setattr(owner, name, kept)

    def _install(
        self, owner: Any, name: str, replacement: Callable[..., Any]
    ) -> None:
        kept = vars(owner)[name]
        original = getattr(kept, '__func__', kept)  # of a class method

        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            if self.is_active:
                return replacement(original, *args, **kwargs)
            return original(*args, **kwargs)

        ours = call if original is kept else type(kept)(call)
        self._installed.append((owner, name, kept, ours))
        setattr(owner, name, ours)
