"""The sessions of a page of Markdown, run: fences of Python whose lines begin with >>>."""

import doctest
import re

import numpy as np

from scratchnet.chapters.quotations import QUOTATION

FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"-?(?:\d+\.\d*|\.\d+|\d+(?=e))(?:e[+-]?\d+)?")


class Checker(doctest.OutputChecker):
    """Floats need to agree only as far as they are written; everything else to the letter."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        if super().check_output(NUMBER.sub("#", want), NUMBER.sub("#", got), optionflags):
            wanted, given = NUMBER.findall(want), NUMBER.findall(got)
            return all(abs(float(w) - float(g)) <= tolerance(w) for w, g in zip(wanted, given, strict=True))
        return False


def tolerance(number: str) -> float:
    """One in the last digit that is written: 0.01 of 1.25, 1e-5 of 1.2e-4."""
    digits, _, power = number.partition("e")
    return 1.001 * 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))


def failures(text: str, name: str) -> str:
    """All sessions of a page share their names. What differs, as doctest tells it; nothing where all is as it says."""
    told = []
    runner = doctest.DocTestRunner(Checker(), verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    with np.printoptions():  # a page may change how numbers are printed, for itself
        runner.run(doctest.DocTestParser().get_doctest(sessions(text), {}, name, name, 0), out=told.append)
    return "".join(told)


def sessions(text: str) -> str:
    """The text with every line outside of a session made empty: so lines keep their numbers."""
    text = QUOTATION.sub(lambda found: "\n" * found[0].count("\n"), text)
    kept, lines = set(), text.splitlines()
    for fence in FENCE.finditer(text):
        first = text[: fence.start(1)].count("\n")
        kept |= set(range(first, first + fence[1].count("\n")))
    return "\n".join(line if number in kept else "" for number, line in enumerate(lines))
