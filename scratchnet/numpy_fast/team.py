"""Threads that share the work of one step.

NumPy lets go of Python's global lock while it computes, so plain threads use every core, as long as each call has
enough to do. The matrix library must then keep to one thread a call, or its threads and these would fight for the
same cores: `threadpoolctl.threadpool_limits(1)` around the training does it.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from itertools import pairwise
from queue import SimpleQueue
from threading import Thread
from weakref import finalize

Task = Callable[[int], object]  # told which member does it
PIECES = 4  # for each member: the more, the better shared out, but the shorter


class Team:
    """`size` threads, the caller's among them; a member is a number from 0, the caller, to size − 1.

    A team as large as the machine gives each thread a core of its own while it works, where the system lets it. For
    Linux likes to wake a thread on the core of the one that woke it. That one has work to do itself, and Linux parts
    the two only after some steps.
    """

    def __init__(self, size: int):
        if size < 1:
            raise ValueError(f"a team has at least 1 thread, got {size}")
        self.size = size
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
        self._cores = [{core} for core in cores] if len(cores) == size > 1 else [set()] * size
        self._tasks = [SimpleQueue() for _ in range(size - 1)]
        for tasks, mine in zip(self._tasks, self._cores[1:], strict=True):
            Thread(target=_serve, args=(tasks, mine), name="team", daemon=True).start()
        finalize(self, _dismiss, self._tasks)

    def run(self, work: Callable[[int], object]) -> None:
        """Call work(0), ..., work(size − 1) at the same time, and return when all are done.

        An error in any of them is raised when all have stopped.
        """
        done: SimpleQueue[BaseException | None] = SimpleQueue()  # of this run: after Ctrl-C nobody reads late answers
        sent = 0
        try:
            for member, tasks in enumerate(self._tasks, start=1):
                # np.errstate belongs to the context of its thread: each part gets a copy of the caller's
                tasks.put((copy_context(), work, member, done))
                sent += 1
            with _on(self._cores[0]):
                work(0)
        finally:
            errors = [done.get() for _ in range(sent)]
        for error in filter(None, errors):
            raise error

    def share_out(self, tasks: Iterable[Task]) -> None:
        """Each task is done once, by the member that is free next, whose number it is told.

        So a member whose core is slower, because something else runs there that cannot be seen from here, does fewer.
        After an error, or Ctrl-C, no more are begun.
        """
        waiting = deque(tasks)

        def serve(member: int) -> None:
            try:
                for task in _taken_from(waiting):
                    task(member)
            finally:
                waiting.clear()

        try:
            self.run(serve)
        finally:
            waiting.clear()

    def pieces(self, count: int, work: Callable[[slice], object]) -> list[Task]:
        """`work` on `count` things in a row, as tasks: a few for each member."""
        return [lambda _, at=at: work(at) for at in cut(count, min(count, PIECES * self.size))]

    def share(self, count: int, member: int) -> slice:
        """The member's part of `count` things in a row."""
        return cut(count, self.size)[member]


def cut(count: int, parts: int) -> list[slice]:
    """`count` things in a row in so many parts, which differ by one at most."""
    return [slice(*ends) for ends in pairwise(count * part // parts for part in range(parts + 1))]


def _taken_from(waiting: deque[Task]) -> Iterator[Task]:
    """One after the other, until another member has taken the last."""
    while True:
        try:
            yield waiting.popleft()
        except IndexError:
            return


def _serve(tasks: SimpleQueue, cores: set[int]) -> None:
    """One of the team's own threads, until it is dismissed."""
    with _on(cores):
        for context, work, member, done in iter(tasks.get, None):
            try:
                context.run(work, member)
            except BaseException as error:  # the caller raises it
                done.put(error)
            else:
                done.put(None)
            del context, work  # which may hold the team itself


def _dismiss(queues: list[SimpleQueue]) -> None:
    for tasks in queues:
        tasks.put(None)


@contextmanager
def _on(cores: set[int]) -> Iterator[None]:
    """This thread, on these cores alone; wherever it likes, where there are none or the system does not let it."""
    before = os.sched_getaffinity(0) if cores else set()
    _move(cores)
    try:
        yield
    finally:
        _move(before)


def _move(cores: set[int]) -> None:
    if cores:
        with suppress(OSError):  # a core that is ours no longer: the step is slower, not wrong
            os.sched_setaffinity(0, cores)
