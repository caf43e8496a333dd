"""Threads that share the work of one step.

NumPy lets go of Python's global lock while it computes, so plain threads use every core, as long as each call has
enough to do. The matrix library must then keep to one thread a call, or its threads and these would fight for the
same cores: `threadpoolctl.threadpool_limits(1)` around the training does it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context


class Team:
    """`team.run(work)` calls work(0), ..., work(size − 1) at the same time and returns when all are done."""

    def __init__(self, size: int):
        if size < 1:
            raise ValueError(f"a team has at least 1 thread, got {size}")
        self.size = size
        self._others = ThreadPoolExecutor(size - 1, thread_name_prefix="team") if size > 1 else None

    def run(self, work: Callable[[int], None]) -> None:
        """The caller does the part 0 itself. An error in any part is raised when all have stopped."""
        # np.errstate belongs to the context of its thread: each part gets a copy of the caller's
        parts = [self._others.submit(copy_context().run, work, member) for member in range(1, self.size)]
        try:
            work(0)
        finally:
            errors = [part.exception() for part in parts]  # waits
        for error in filter(None, errors):
            raise error

    def share(self, count: int, member: int) -> slice:
        """The member's part of `count` things in a row; the parts differ by one at most."""
        return slice(count * member // self.size, count * (member + 1) // self.size)
