"""The stopwatch: the only place that reads a clock for a duration."""

import time
from collections.abc import Callable


class Stopwatch:
    """`with Stopwatch(synchronize) as watch: ...`, then `watch.seconds`.

    processor_seconds: those of all threads of this process together; over `seconds`, the cores that it kept busy.
    synchronize: waits for the device; called before the clock starts and before it stops, because a GPU works on
    after the call that asked it to has returned.
    """

    def __init__(self, synchronize: Callable[[], None] = lambda: None):
        self._synchronize = synchronize
        self.seconds = self.processor_seconds = 0.0

    def __enter__(self) -> "Stopwatch":
        self._synchronize()
        self._start, self._processor_start = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_) -> None:
        self._synchronize()
        self.seconds = time.perf_counter() - self._start
        self.processor_seconds = time.process_time() - self._processor_start
