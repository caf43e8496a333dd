"""The most memory that this process has held. Linux counts it, and can be told to count anew; other systems cannot."""

import ctypes
import gc
from contextlib import suppress
from pathlib import Path

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
FORGET_THE_PEAK = "5"  # https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
KIB = 1024


def forget_peak() -> int | None:
    """Give free memory back to the system, and let `peak` count anew from here.

    The bytes that are held now; None where the system does not count.
    """
    gc.collect()
    with suppress(AttributeError):  # only glibc keeps what was freed, and only glibc has this
        ctypes.CDLL(None).malloc_trim(0)
    try:
        CLEAR.write_text(FORGET_THE_PEAK, encoding="utf-8")
    except OSError:
        return None
    return _bytes("VmRSS")


def peak() -> int:
    """The most bytes held at any time since `forget_peak`."""
    return _bytes("VmHWM")


def _bytes(key: str) -> int:
    lines = dict(line.split(":", 1) for line in STATUS.read_text(encoding="utf-8").splitlines())
    return int(lines[key].split()[0]) * KIB
