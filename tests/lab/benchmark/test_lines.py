"""Lines of code are lines with code."""

import pytest

from lab.benchmark.lines import code_lines, count
from lab.benchmark.rungs import RUNGS

TEXT = '''"""What the module
is for."""

# a comment
import os


class Thing:
    """A thing."""

    size = 3  # a comment beside code

    def grow(self):
        """It grows."""
        text = """two
lines"""
        return text, (
            # a comment
            os.sep
        )


def other():
    return "not a docstring"
'''


def test_blanks_comments_and_docstrings_do_not_count():
    assert code_lines(TEXT) == {5, 8, 11, 13, 15, 16, 17, 19, 20, 23, 24}


def test_definitions_are_counted_alone():
    assert code_lines(TEXT, ["Thing.grow"]) == {13, 15, 16, 17, 19, 20}
    assert code_lines(TEXT, ["Thing.grow", "other"]) == {13, 15, 16, 17, 19, 20, 23, 24}


def test_a_name_that_is_not_there_is_told():
    with pytest.raises(LookupError, match=r"no shrink of Thing\.shrink"):
        code_lines(TEXT, ["Thing.shrink"])


@pytest.mark.parametrize("rung", RUNGS)
def test_what_every_rung_names_is_there(rung):
    assert count(RUNGS[rung].sources) > 10
