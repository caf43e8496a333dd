"""What went wrong, told to the person who can put it right."""

import errno
import os
import shutil
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Problem(Exception):
    """A mistake in the input, not in the code.

    The message is one or more whole sentences: what was wrong, where, and what to do about it. `run` prints it without
    a traceback and ends with status 1.
    """


class Stopped(BaseException):
    """A signal has asked the command to end, and what had to be done first is done.

    The message is told, and may say how to go on; `run` ends with status 128 + number, as shells count.
    """

    def __init__(self, number: int, message: str = ""):
        super().__init__(message)
        self.status = 128 + number


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # no room on the disk, in the quota, for a file so large
MIB = 1 << 20


@contextmanager
def told_when_full(path: str | Path) -> Iterator[None]:
    """Problem where the block finds no room to write `path`, or a file below it: the system does not say which."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        free = f"{free_bytes(path) / MIB:,.1f} MiB are free there"
        raise Problem(f"{path} cannot be written: {error.strerror}; {free}. Make room.") from error


def refuse_without_room(path: str | Path, needed: int) -> None:
    """Problem where `needed` bytes are more than the disk of `path` has free."""
    if needed > (free := free_bytes(path)):
        raise Problem(
            f"{path} needs {needed / MIB:,.1f} MiB, and {free / MIB:,.1f} MiB are free on its disk, at "
            f"{_existing(path)}. Make room there, or make it a link to a folder on another disk."
        )


def free_bytes(path: str | Path) -> int:
    """Of the disk where `path` is, or would be."""
    return shutil.disk_usage(_existing(path)).free


def _existing(path: str | Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    whole = Path(path).absolute()
    return next(folder for folder in (whole, *whole.parents) if folder.exists())


REFUSALS = {
    errno.EACCES: "Its permissions, or those of a folder above it, have to allow that.",
    errno.EPERM: "Its permissions, or those of a folder above it, have to allow that.",
    errno.EROFS: "It is on a disk that can only be read.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.ELOOP: "It is a link that leads back to itself.",
    errno.ENOTDIR: "What should be a folder is a file.",
    errno.EIO: "Its disk may be failing.",
}  # of the system: the errors that are no mistake of the code's, and what can be done about them


def run(command: Callable[[], None]) -> None:
    """Run a command: a Problem is told in its own sentences, without a traceback, with status 1.

    So is a path that the system refuses. Asked to end by SIGTERM or Ctrl-C it takes its temporary files with it.
    """
    show_what_can_be_shown()
    try:
        with _cleaning_up_when_terminated():
            command()
    except Problem as problem:
        sys.exit(str(problem))
    except Stopped as stopped:
        if str(stopped):
            print(stopped, file=sys.stderr)
        sys.exit(stopped.status)
    except KeyboardInterrupt:
        sys.exit(130)
    except MemoryError as error:
        sys.exit(f"There is too little memory: {error}. Smaller networks, batches or pictures need less.")
    except BrokenPipeError:  # `... | head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno not in REFUSALS or error.filename is None:
            raise
        sys.exit(f"{error.filename} cannot be used: {error.strerror}. {REFUSALS[error.errno]}")


@contextmanager
def _cleaning_up_when_terminated() -> Iterator[None]:
    """SIGTERM, which by itself ends a process at once, becomes an error, so that every `finally` is reached."""
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:  # somebody else's to answer
        yield
        return
    signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _terminate(number: int, _) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second one shall not disturb the cleaning up
    raise Stopped(number)


def show_what_can_be_shown() -> None:
    """No letter that is printed may end a command. A file gets UTF-8, whatever the locale.

    A terminal or a pipe keeps its own encoding, and gets \\xe9 or \\u732b in place of a letter that this lacks.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # none, closed, or not one of the system's
            in_a_file = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
            encoding = "utf-8" if in_a_file else stream.encoding
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
