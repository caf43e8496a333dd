"""Damaged files by the million: each is read, or refused in a sentence, within a second and the memory that is said.

    PYTHONPATH=. python tests/fuzz.py [--inputs 10000 | --seconds 60] [--first 0] [--out report/fuzz] [TARGET ...]
    PYTHONPATH=. python tests/fuzz.py --repeat FILE ...

TARGET: one of those in fuzz_targets.py; all of them where none is named. An input is known by its number: the same
number gives the same file. --first: where to begin. Each target is tried in a process of its own, which may crash: the
input is kept and the next one tried. A finding is kept as OUT/TARGET/WHAT, the smallest file of its kind. Linux only.
"""

import argparse
import mmap
import multiprocessing
import os
import re
import resource
import shutil
import struct
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from fuzz_targets import TARGETS, Target
from source_imports import ROOT

from scratchnet.problems import Problem

SECONDS = 1.0  # of CPU, for any input
PATIENCE = 60.0  # seconds for one input, until its process has hung
BATCH = 20_000  # inputs for one process
ROOM = 4 << 30  # bytes of address space that a process may add
FORK = multiprocessing.get_context("fork")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Strayed(BaseException):
    """Something was about to be written outside the folder."""


@dataclass
class Tally:
    """inputs: tried. found: WHAT -> how often. seconds, mib: the most that an input took."""

    inputs: int = 0
    found: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    mib: float = 0.0


def fuzz(name: str, target: Target, first: int, inputs: float, seconds: float, out: Path) -> Tally:
    """Try input after input, in one process after the other, until there have been so many, or time is over."""
    tally, seeds, end = Tally(), target.seeds(), time.monotonic() + seconds
    at = mmap.mmap(-1, 8)  # the number of the input that a process is at: shared with it
    while tally.inputs < inputs and time.monotonic() < end:
        start = first + tally.inputs
        numbers = range(start, start + int(min(BATCH, inputs - tally.inputs)))
        at[:] = struct.pack("q", start)
        ours, its = FORK.Pipe(duplex=False)
        process = FORK.Process(target=_try_all, args=(name, target, seeds, numbers, end, at, its))
        process.start()
        its.close()
        keep = partial(_keep, name, target, seeds, out, tally)
        crash = _hear(ours, process, at, keep, tally)
        reached = struct.unpack("q", at)[0]
        if crash:
            keep(reached, crash)
        tally.inputs = reached + bool(crash) - first
    return tally


def _hear(ours: Connection, process, at: mmap.mmap, keep: Callable[[int, str], None], tally: Tally) -> str:
    """Everything that the process says until it ends. What killed it, where it did not end by itself."""
    reached = b""
    try:
        while ours.poll(PATIENCE) or reached != (reached := at[:]):
            if not ours.poll():
                continue
            number, what, seconds, mib = ours.recv()
            tally.seconds, tally.mib = max(tally.seconds, seconds), max(tally.mib, mib)
            if what:
                keep(number, what)
        process.kill()
        process.join()
        return "hang"
    except EOFError:
        process.join()
    return f"crash {process.exitcode}" if process.exitcode else ""


def _keep(name: str, target: Target, seeds, out: Path, tally: Tally, number: int, what: str) -> None:
    data = an_input(name, target, seeds, number)
    tally.found[what] = tally.found.get(what, 0) + 1
    path = out / name / re.sub(r"[^\w.]+", "-", what)
    if not path.exists() or len(data) < path.stat().st_size:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        print(f"{what}: input {number}, {len(data)} bytes. python tests/fuzz.py --repeat {path}", flush=True)


def an_input(name: str, target: Target, seeds, number: int) -> bytes:
    rng = Random(f"{name} {number}")
    return target.mutate(rng, rng.choice(seeds), seeds, target.words)


def _try_all(name: str, target: Target, seeds, numbers: range, end: float, at: mmap.mmap, its: Connection) -> None:
    """In a process of its own. Tells what was found, and every new maximum."""
    most_seconds, most_mib, parent = 0.0, 0.0, os.getppid()
    with tempfile.TemporaryDirectory(prefix="fuzz.", dir="/dev/shm") as folder:  # in memory: files cost nothing
        confine(Path(folder))
        for number in numbers:
            at[:] = struct.pack("q", number)
            what, seconds, mib = judged(target, an_input(name, target, seeds, number), Path(folder))
            if what or seconds > most_seconds or mib > most_mib:
                most_seconds, most_mib = max(seconds, most_seconds), max(mib, most_mib)
                its.send((number, what, seconds, mib))
            if time.monotonic() > end or os.getppid() != parent:  # which was killed
                break
        at[:] = struct.pack("q", number + 1)


def confine(folder: Path) -> None:
    """From here on this process writes nothing outside the folder, its memory is bounded, and a warning is an error."""
    tempfile.tempdir = f"{folder}"
    os.chdir(folder)
    sys.dont_write_bytecode = True
    warnings.simplefilter("error")
    used = int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE
    resource.setrlimit(resource.RLIMIT_AS, (used + ROOM, used + ROOM))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def refuse(event: str, arguments: tuple) -> None:
        if event == "open" and not arguments[2] & WRITING:
            return
        if event in ("open", "os.mkdir", "os.rename", "os.symlink", "os.link", "os.remove", "shutil.rmtree"):
            path = arguments[0]
            if isinstance(path, str | bytes) and not _allowed(os.path.realpath(os.fsdecode(path)), folder):
                raise Strayed(f"{event} {path!r}")

    sys.addaudithook(refuse)


def _allowed(path: str, folder: Path) -> bool:
    return Path(path).is_relative_to(folder) or path in (os.devnull, f"/proc/{os.getpid()}/clear_refs")


def judged(target: Target, data: bytes, folder: Path) -> tuple[str, float, float]:
    """What is wrong ("" is nothing), the seconds of CPU, and the MiB that this input has added.

    Slow is only what is slow twice: others share the machine.
    """
    what, seconds, mib = _attempted(target, data, folder)
    if not what and seconds > SECONDS:
        seconds = min(seconds, _attempted(target, data, folder)[1])
    if not what and seconds > SECONDS:
        what = "slow"
    if not what and mib > target.mib:
        what = "memory"
    return what, seconds, mib


def _attempted(target: Target, data: bytes, folder: Path) -> tuple[str, float, float]:
    what, (began, before) = "", _used(from_here=True)
    try:
        target.attempt(data, folder)
    except Problem as problem:
        what = "" if f"{problem}".strip() else "an empty Problem"
    except BaseException as error:
        what = _named(error)
    ended, most = _used()
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return what, ended - began, most - before


def _used(from_here: bool = False) -> tuple[float, float]:
    """Seconds of CPU, and the most MiB that the process has had. from_here: this maximum is counted anew."""
    if from_here:
        with open("/proc/self/clear_refs", "wb", buffering=0) as file:  # noqa: PTH123, faster
            file.write(b"5")
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _named(error: BaseException) -> str:
    """The kind of error, and the last line of the project that it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(f"{ROOT / 'scratchnet'}")] or frames
    return f"{type(error).__name__} in {Path(ours[-1].filename).stem}.{ours[-1].name}"


def repeat(path: Path) -> None:
    """With the whole traceback, here: what is kept by its target's name is tried once more."""
    target, data = TARGETS[path.absolute().parent.name], path.read_bytes()
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory(prefix="fuzz.") as folder:
        what, seconds, mib = judged(target, data, Path(folder))
        print(f"{path}: {what or 'nothing is wrong'}; {seconds:.2f} s, {mib:.0f} MiB", flush=True)
        target.attempt(data, Path(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--inputs", type=int, help="for each target (10000)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="for each target")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--out", type=Path, default=ROOT / "report" / "fuzz")
    parser.add_argument("--repeat", type=Path, nargs="+", metavar="FILE")
    asked = parser.parse_args()
    for path in asked.repeat or ():
        repeat(path)
    if asked.repeat:
        return
    inputs = asked.inputs or (10_000 if asked.seconds == float("inf") else float("inf"))
    print("| target | inputs | kinds of findings | slowest, s | most memory, MiB |\n|---|---:|---:|---:|---:|")
    for name in asked.targets or TARGETS:
        tally = fuzz(name, TARGETS[name], asked.first, inputs, asked.seconds, asked.out.absolute())
        row = (name, f"{tally.inputs:,}", len(tally.found), f"{tally.seconds:.2f}", f"{tally.mib:.0f}")
        print(f"| {' | '.join(map(str, row))} |", tally.found or "", flush=True)


if __name__ == "__main__":
    main()
