"""What went wrong, told to the person who can put it right."""

import errno
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress


class Problem(Exception):
    """A mistake in the input, not in the code.

    The message is one or more whole sentences: what was wrong, where, and what to do about it. `run` prints it without
    a traceback and ends with status 1.
    """


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

    So is a path that the system refuses.
    """
    show_what_can_be_shown()
    try:
        command()
    except Problem as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # `... | head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno not in REFUSALS or error.filename is None:
            raise
        sys.exit(f"{error.filename} cannot be used: {error.strerror}. {REFUSALS[error.errno]}")


def show_what_can_be_shown() -> None:
    """No letter that is printed may end a command. A file gets UTF-8, whatever the locale.

    A terminal or a pipe keeps its own encoding, and gets \\xe9 or \\u732b in place of a letter that this lacks.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # none, closed, or not one of the system's
            in_a_file = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
            encoding = "utf-8" if in_a_file else stream.encoding
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
