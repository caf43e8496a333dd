"""SIGTERM (a job scheduler, `docker stop`) and Ctrl-C, heard at once and answered when the work is at a good place."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 2.0  # seconds: torchrun passes on what a terminal has sent already, which is no second wish


class Stop:
    """number: of the signal that has come; 0 while none has."""

    def __init__(self):
        self.number, self._since = 0, 0.0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """In the block a signal is noted. One that comes long after the first is answered at once, as everywhere else.

        A signal that nobody in the block has answered (see `answered`) is sent again when the block ends.
        """
        if threading.current_thread() is not threading.main_thread():  # no other may
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

        def hear(number: int, _) -> None:
            if self.number and time.monotonic() - self._since > PATIENCE:
                signal.signal(number, before[number])
                self.answered()
                os.kill(os.getpid(), number)
            elif not self.number:
                self.number, self._since = number, time.monotonic()

        for number in before:
            signal.signal(number, hear)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            if self.number:
                os.kill(os.getpid(), self.answered())

    def answered(self) -> int:
        """The signal's number, for somebody who acts on it now."""
        number, self.number = self.number, 0
        return number
