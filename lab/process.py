"""A process that answers questions. It has threads, memory and libraries of its own, and sleeps until it is asked.

`Process` is the parent's end. It sends the name of a method with arguments, and waits for the result. `serve` is the
other end: it calls that method of the object that it serves. Both travel as pickles through the process's standard
input and output. These end when either process does, so a child whose parent has been killed ends too. Its standard
error is kept, and the last line of it is told where it ends unasked.
"""

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from scratchnet.problems import Problem

ROOT = Path(__file__).parents[1]


class Process:
    """Starts Python with `arguments`, and does not wait for it. `with` ends it, whatever it is doing.

    name: what sentences call it, such as "the rung fast". environment: variables that it has besides ours.
    """

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None):
        self._name, self._told = name, tempfile.TemporaryFile()  # noqa: SIM115 (closed in __exit__)
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._told,
            start_new_session=True,  # so that `__exit__` ends the compilers that it has started, too
        )

    def ask(self, question: str, *arguments):
        """What the method named `question` returns there.

        Problem where the method raised one, or the process has ended. RuntimeError, with the traceback, where it raised
        anything else.
        """
        try:
            pickle.dump((question, arguments), self._process.stdin)
            self._process.stdin.flush()
            kind, answer = pickle.load(self._process.stdout)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise Problem(self._last_words()) from None
        if kind == "problem":
            raise Problem(answer)
        if kind == "error":
            raise RuntimeError(f"{self._name} failed:\n{answer}")
        return answer

    def _last_words(self) -> str:
        status = self._process.wait()
        self._told.seek(0)
        words = self._told.read().decode(errors="replace").strip().splitlines()[-1:]
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        memory = " Was there too little memory?" if how == "SIGKILL" else ""
        return " ".join([f"The process of {self._name} ended with {how}.{memory}", *words])

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        with suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._told):
            with suppress(BrokenPipeError):
                pipe.close()


def serve(make: Callable[[], object]) -> None:
    """Answer questions until there are no more. `make` makes the object whose methods answer, at the first question."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    served = None
    while True:
        try:
            question, arguments = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            served = served or make()
            answer = "answer", getattr(served, question)(*arguments)
        except Problem as problem:
            answer = "problem", str(problem)
        except Exception:
            answer = "error", traceback.format_exc()
        pickle.dump(answer, answers)
        answers.flush()
