"""The functions of a file, read without running it."""

import pytest

from scratchnet.bodies import bodies, bodies_of
from scratchnet.problems import Problem

SOURCE = '''
def one(x):
    """What it does."""
    return x


class Two:
    # Why.
    @staticmethod
    def three():
        raise NotImplementedError("not yet")

    def four(self):
        """Only said."""

    def five(self):
        raise NotImplementedError
'''


def test_functions_and_methods_are_found_by_name_with_what_stands_above():
    found = bodies_of(SOURCE)
    assert list(found) == ["one", "Two.three", "Two.four", "Two.five"]
    assert found["one"].line == 4
    assert found["Two.three"].text.splitlines()[:2] == ["    # Why.", "    @staticmethod"]
    assert found["Two.three"].text.endswith('NotImplementedError("not yet")')


def test_a_body_waits_that_says_what_is_not_implemented():
    assert {name for name, body in bodies_of(SOURCE).items() if body.waits} == {"Two.three"}
    assert not bodies_of("def f():\n    x = 1\n    raise NotImplementedError('later')\n")["f"].waits


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"x = (\n", r"line 1: '\(' was never closed. It reads: x = \("),
        (b"\xff\xfex", "is not UTF-8 .invalid start byte at byte 0.. Save it as UTF-8"),
        (b"x\0", "null bytes"),
    ],
)
def test_what_is_no_python_gets_a_sentence(tmp_path, content, sentence):
    file = tmp_path / "mine.py"
    file.write_bytes(content)
    with pytest.raises(Problem, match=sentence):
        bodies(file)


def test_the_mark_that_some_editors_begin_with_is_no_mistake(tmp_path):
    file = tmp_path / "mine.py"
    file.write_bytes(b"\xef\xbb\xbfdef f():\n    return 1\n")
    assert list(bodies(file)) == ["f"]
