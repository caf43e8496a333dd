"""Work on many photographs at once, in processes of their own, that ends with the one that asked for it."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Thread

CHUNK = 64  # photographs handed to a worker at a time
AHEAD = 4  # chunks for each worker that are handed out before the first of them is needed


@contextmanager
def map_in_processes(workers: int):
    """`map` over this many processes. Threads would do for files, but drawing never lets go of the interpreter.

    Processes are spawned: to fork a process that has threads (BLAS's, tqdm's) is an error waiting to happen.
    """
    if workers == 1:
        yield map
        return
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, spawn, initializer=_end_with_the_parent)
    try:
        yield partial(_map_in_chunks, pool, AHEAD * workers)
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_the_parent() -> None:
    """Ctrl-C reaches every process, and the parent answers it; of a parent killed outright a worker hears nothing."""

    def wait() -> None:
        multiprocessing.parent_process().join()
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=wait, daemon=True).start()


def _map_in_chunks(pool: Executor, limit: int, function: Callable, items: list) -> Iterator:
    """Like pool.map, which would have finished pictures pile up in memory: here at most `limit` chunks are ahead."""
    pending = deque()
    for start in range(0, len(items), CHUNK):
        if len(pending) == limit:
            yield from pending.popleft().result()
        pending.append(pool.submit(_map_list, function, items[start : start + CHUNK]))
    while pending:
        yield from pending.popleft().result()


def _map_list(function: Callable, items: list) -> list:
    return [function(item) for item in items]
