"""Does a test fail for every small mistake in the networks' code? mutant_code.py says which mistakes.

    python tests/mutants.py RESULTS.jsonl                   # goes on where RESULTS stands; add files to try only those
    python tests/mutants.py RESULTS.jsonl --survivors       # those that the quickest tests let live, by all of them
    python tests/mutants.py RESULTS.jsonl --survivors --tests tests/torch_nn tests/test_training.py

First each test runs once, to see which lines it reaches and how long it computes. Then a process is forked for every
mutant. It exchanges the code of the changed function, or imports the changed file where no function is changed. It runs
the tests that reach the changed line until one fails: "killed". One that computes ten times as long as before is
"endless". A program that a test starts by itself has the unchanged file.
"""

import argparse
import gc
import hashlib
import importlib
import inspect
import json
import os
import resource
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from importlib.machinery import SourceFileLoader
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from mutant_code import Mutant, mutants
from source_imports import ROOT
from warm_python import LIBRARIES, QUIETLY, WHERE, warm_python

FILES = [f"scratchnet/numpy_nn/{name}.py" for name in ("layers", "losses", "optimizers", "networks", "learner")]
FILES += sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("scratchnet/numpy_fast/*.py"))
NEAR = ["tests/numpy_nn", "tests/numpy_fast"]
OPTIONS = ["-x", "-q", "-p", "no:cacheprovider"]
PATIENCE = 5  # seconds of computing that a test may take in any case, and 4 times as many by the clock
ENOUGH = 3  # seconds of the quickest tests kill most mutants; what survives these is tried again by all
ENDS = {0: "survived", 5: "survived", -signal.SIGALRM: "endless", -signal.SIGPROF: "endless"}
MEMORY = 6 << 30  # bytes that a mutant may take


class Reached:
    """What each test reaches: nodeid -> its seconds of computing, and the lines "FILE:LINE"."""

    def __init__(self):
        self.tests: dict[str, tuple[float, list[str]]] = {}
        self._names = {str(ROOT / file): file for file in FILES}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        lines = set()

        def trace(frame, *_):
            if name := self._names.get(frame.f_code.co_filename):
                lines.add(f"{name}:{frame.f_lineno}")
                return trace
            return None

        start = time.process_time()
        threading.settrace(trace)
        sys.settrace(trace)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)
            self.tests[item.nodeid] = time.process_time() - start, sorted(lines)


class Chosen:
    """These tests alone, in this order, each with its limit of time; each is told when it begins."""

    def __init__(self, seconds: dict[str, float], told: int):
        self._seconds, self._told = seconds, told

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        found = {item.nodeid: item for item in items}
        items[:] = [found[name] for name in self._seconds if name in found]

    def pytest_runtest_logstart(self, nodeid):
        os.write(self._told, f"\n{nodeid}".encode())
        signal.setitimer(signal.ITIMER_PROF, PATIENCE + 10 * self._seconds[nodeid])
        signal.setitimer(signal.ITIMER_REAL, 4 * PATIENCE + 20 * self._seconds[nodeid])


def forked(work: Callable[[int], int]) -> tuple[int, str]:
    """The status with which `work` ends in a process of its own, negative for a signal, and what it tells."""
    reading, writing = os.pipe()
    if (pid := os.fork()) == 0:
        status = 1
        try:
            os.close(reading)
            status = work(writing)
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), told


def reached_by(tests: list[str]) -> dict[str, tuple[float, list[str]]]:
    """See `Reached`; the tests have to pass."""

    def work(told: int) -> int:
        plugin = Reached()
        status = pytest.main([*OPTIONS, *tests], plugins=[plugin])
        with os.fdopen(told, "w") as pipe:
            json.dump(plugin.tests, pipe)
        return status

    status, told = forked(work)
    if status != 0:
        sys.exit(f"without a mutant the tests have to pass, and ended with status {status}")
    return json.loads(told)


class Collected:
    """When pytest has collected the tests, `work` is done in place of them."""

    def __init__(self, work: Callable[[pytest.Session], None]):
        self._work = work

    def pytest_runtestloop(self, session):
        gc.freeze()
        self._work(session)
        return True


def limited(work: Callable[[int], int]) -> tuple[str, str]:
    """What became of a mutant that `work` runs the tests with, and which test was the last to run."""

    def within(told: int) -> int:
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        signal.setitimer(signal.ITIMER_REAL, 20 * PATIENCE)  # for the imports
        return work(told)

    status, told = forked(within)
    return ENDS.get(status, "killed"), told.split("\n")[-1]


def imported(file: str, mutant: Mutant, seconds: dict[str, float]) -> tuple[str, str]:
    """Try a mutant by importing the changed file, before anything else of the project is imported."""
    name, original = file.removesuffix(".py").replace("/", "."), SourceFileLoader.get_code

    def work(told: int) -> int:
        code = compile(mutant.source, str(ROOT / file), "exec")
        SourceFileLoader.get_code = lambda self, module: code if module == name else original(self, module)
        files = dict.fromkeys(test.partition("::")[0] for test in seconds)
        return pytest.main([*OPTIONS, *files], plugins=[Chosen(seconds, told)])

    return limited(work)


def exchanged(session: pytest.Session, file: str, mutant: Mutant, seconds: dict[str, float]) -> tuple[str, str] | None:
    """Try a mutant, several times as quickly, where all is imported and one function's code can be exchanged."""
    if not mutant.function:
        return None
    live = importlib.import_module(file.removesuffix(".py").replace("/", "."))
    code = compile(mutant.source, str(ROOT / file), "exec")
    for name in mutant.function.split("."):
        live = vars(live)[name]
        code = next(each for each in code.co_consts if getattr(each, "co_name", None) == name)
    live = inspect.unwrap(getattr(live, "fget", None) or getattr(live, "func", None) or live)  # of a property
    if live.__code__.co_freevars != code.co_freevars:
        return None

    def work(told: int) -> int:
        live.__code__ = code
        session.config.pluginmanager.unregister(name="terminalreporter")
        session.config.pluginmanager.register(Chosen(seconds, told))
        items = {item.nodeid: item for item in session.items}
        chosen = [items[test] for test in seconds]
        for item, following in zip(chosen, [*chosen[1:], None], strict=True):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return 1
        return 0

    return limited(work)


Named = tuple[str, str, Mutant]  # its file and key


class Trials:
    """Mutants that are tried one after the other, and what became of them."""

    def __init__(self, tests: list[str], results: Path, survivors: bool):
        self._reached, self._results, self._thoroughly = reached_by(tests), results, survivors
        self._kills = Counter(row["test"] for row in read(results).values() if row["end"] == "killed")

    def run(self, mutants: list[Named], attempt: Callable) -> list[Named]:
        """Those that the attempt cannot try."""
        left = []
        for file, key, mutant in mutants:
            if (result := attempt(file, mutant, self._tests_of(file, mutant))) is None:
                left.append((file, key, mutant))
                continue
            end, test = result
            self._kills[test] += end == "killed"
            row = {"key": key, "file": file, "line": mutant.lines.start, "before": mutant.before}
            with self._results.open("a") as rows:
                rows.write(json.dumps(row | {"after": mutant.after, "end": end, "test": test}) + "\n")
        return left

    def _tests_of(self, file: str, mutant: Mutant) -> dict[str, float]:
        """The tests that reach a mutant, with their seconds: those first that are quick and have killed many."""
        reached, lines = self._reached, {f"{file}:{line}" for line in mutant.lines}
        found = [test for test, (_, its) in reached.items() if not lines.isdisjoint(its)]
        if not found:  # a line that runs while the file is imported
            found = [test for test, (_, its) in reached.items() if any(line.startswith(file) for line in its)]
        found.sort(key=lambda test: reached[test][0] / (1 + self._kills[test]))
        if not self._thoroughly:
            found = [test for test in found if test.split("/")[1] == Path(file).parent.name] or found
            until = accumulate(reached[test][0] for test in found)
            found = found[: max(1, sum(seconds < ENOUGH for seconds in until))]
        return {test: reached[test][0] for test in found}


def run(files: list[str], tests: list[str], results: Path, survivors: bool) -> None:
    """Try every mutant without a result, or every survivor, and add what became of it to the results."""
    trials, known = Trials(tests, results, survivors), read(results)
    every = [(file, key, mutant) for file in files for key, mutant in keyed(file)]
    wanted = [each for each in every if known.get(each[1], {}).get("end") == ("survived" if survivors else None)]

    def work(told: int) -> int:
        def tell(session: pytest.Session) -> None:
            left = trials.run(wanted, partial(exchanged, session))
            with os.fdopen(told, "w") as pipe:
                json.dump([key for _, key, _ in left], pipe)

        return pytest.main([*OPTIONS, *tests], plugins=[Collected(tell)])

    left = json.loads(forked(work)[1])
    trials.run([each for each in wanted if each[1] in left], imported)


def keyed(file: str) -> list[tuple[str, Mutant]]:
    found = mutants((ROOT / file).read_text())
    return [(hashlib.sha256((file + mutant.source).encode()).hexdigest()[:16], mutant) for mutant in found]


def read(results: Path) -> dict[str, dict]:
    """The last result of every mutant, by its key."""
    rows = results.read_text().splitlines() if results.exists() else []
    return {row["key"]: row for row in map(json.loads, rows)}


def report(files: list[str], results: Path) -> None:
    """Each survivor, and the counts of every file as it is now."""
    known, counts = read(results), {}
    for file in files:
        rows = [known.get(key, {"end": "not tried"}) for key, _ in keyed(file)]
        for row in rows:
            if row["end"] == "survived":
                print(f"{file}:{row['line']}\n    {row['before']}\n    {row['after']}")
        counts[file] = Counter(row["end"] for row in rows)
    counts["all"] = sum(counts.values(), Counter())
    for file, ends in counts.items():
        print(f"{file}: {ends.total()} mutants, {', '.join(f'{count} {end}' for end, count in sorted(ends.items()))}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=lambda path: Path(path).resolve())
    parser.add_argument("files", nargs="*", default=FILES)
    parser.add_argument("--survivors", action="store_true")
    parser.add_argument("--tests", nargs="+", default=NEAR)
    asked = parser.parse_args()
    os.chdir(ROOT)
    os.environ |= QUIETLY | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    for library in LIBRARIES.split():
        importlib.import_module(library)
    gc.freeze()
    with TemporaryDirectory(prefix="python-") as folder, warm_python(Path(folder)):
        os.environ[WHERE] = sys.pycache_prefix = folder
        sys.dont_write_bytecode = False  # each file is compiled once, for all mutants
        run(asked.files, asked.tests, asked.results, asked.survivors)
    report(asked.files, asked.results)
    sys.stdout.flush()
    os._exit(0)  # the libraries are not taken down piece by piece, which some complain of
