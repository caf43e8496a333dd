"""What the fuzzer has found stays mended, and the fuzzer finds what it should."""

import mmap
import os
import signal
import time
from pathlib import Path

import fuzz
import numpy as np
import pytest
from fuzz_targets import TARGETS, Target

CORPUS = sorted(path for path in Path(__file__).with_name("corpus").rglob("*") if path.is_file())
pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux alone counts memory anew")


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_was_found_once_is_read_or_refused_in_a_sentence(path, tmp_path):
    assert fuzz.judged(TARGETS[path.parent.name], path.read_bytes(), tmp_path)[0] == ""


def _work(*_):
    end = time.process_time() + 0.04
    while time.process_time() < end:
        pass


def _take(*_):
    """30 MiB of the system's, for which no allocator can have kept room."""
    with mmap.mmap(-1, 30 << 20) as taken:
        for page in range(0, len(taken), mmap.PAGESIZE):
            taken[page] = 1


FAULTS = {
    "KeyError in test_fuzz.<lambda>": lambda *_: {}["no such key"],
    "crash -9": lambda *_: os.kill(os.getpid(), signal.SIGKILL),
    "slow": _work,
    "memory": _take,
    "MemoryError in numeric.ones": lambda *_: np.ones(5 << 30, dtype=np.uint8),
    "Strayed in fuzz.refuse": lambda *_: Path(__file__).with_name("stray").write_text("x"),
    "hang": lambda *_: time.sleep(60),
}


def _as_it_is(_, data, *__):
    return data


@pytest.mark.parametrize("what", FAULTS)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_every_fault_is_found_and_its_file_kept(tmp_path, monkeypatch, what):
    monkeypatch.setattr(fuzz, "SECONDS", 0.02 if what == "slow" else 1)
    monkeypatch.setattr(fuzz, "PATIENCE", 0.2 if what == "hang" else 60)
    attempts = {b"bad": FAULTS[what], b"good": lambda *_: None}
    target = Target(lambda: list(attempts), lambda data, where: attempts[data](where), mib=20, mutate=_as_it_is)
    tally = fuzz.fuzz("test", target, 0, 4, 60, tmp_path)
    assert (tally.inputs, list(tally.found)) == (4, [what])
    assert [path.read_bytes() for path in (tmp_path / "test").iterdir()] == [b"bad"]


def test_an_input_is_known_by_its_number():
    target = TARGETS["yaml"]
    one, other = ([fuzz.an_input("yaml", target, target.seeds(), number) for number in range(20)] for _ in range(2))
    assert one == other
    assert len(set(one)) == 20
