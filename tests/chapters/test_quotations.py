"""A symbol is quoted as its source has it."""

import pytest

from scratchnet.chapters.quotations import quote
from scratchnet.problems import Problem

SOURCE = '''"""A module."""
RATE = 0.1  # of learning
SIZES: tuple = (
    1,
    2,
)


class Layer:
    SIDE = 3

    @property
    def shape(self):
        """A line

            and more.
        """
        return (3, 3)


async def later():
    pass
'''


@pytest.fixture
def root(tmp_path):
    (tmp_path / "code.py").write_text(SOURCE)
    return tmp_path


@pytest.mark.parametrize(
    ("symbol", "code"),
    [
        ("RATE", "RATE = 0.1  # of learning\n"),
        ("SIZES", "SIZES: tuple = (\n    1,\n    2,\n)\n"),
        ("Layer.SIDE", "SIDE = 3\n"),
        (
            "Layer.shape",
            '@property\ndef shape(self):\n    """A line\n\n        and more.\n    """\n    return (3, 3)\n',
        ),
        ("later", "async def later():\n    pass\n"),
    ],
)
def test_a_symbol_is_its_lines_with_decorators_and_without_indentation(root, symbol, code):
    assert quote("code.py", symbol, root) == code


@pytest.mark.parametrize(
    ("path", "symbol", "told"),
    [
        ("none.py", "RATE", "RATE cannot be quoted: there is no file none.py."),
        ("code.py", "rate", "code.py has no rate, which is quoted: it has RATE, SIZES, Layer, later."),
        ("code.py", "Layer.size", "code.py has no Layer.size, which is quoted: it has SIDE, shape."),
        ("code.py", "RATE.x", "code.py has no RATE.x, which is quoted: nothing is defined there."),
    ],
)
def test_a_symbol_that_does_not_exist_is_told(root, path, symbol, told):
    with pytest.raises(Problem) as problem:
        quote(path, symbol, root)
    assert str(problem.value) == told
