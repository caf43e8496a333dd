"""The mistakes that the mutants of mutants.py are made of."""

import ast

import pytest
from mutant_code import mutants


@pytest.mark.parametrize(
    ("statement", "mistakes"),
    [
        ("x = a + b", ["x = a - b", "pass"]),
        ("x += 1", ["x -= 1", "x += 2", "x += 0", "pass"]),
        ("x = a < b", ["x = a <= b", "x = a >= b", "pass"]),
        ("x = not a and b", ["x = not a or b", "x = a and b", "pass"]),
        ("x = -a[1:]", ["x = a[1:]", "x = -a[:]", "x = -a[2:]", "x = -a[0:]", "pass"]),
        ("f(a, b, c=True)", ["f(a, b)", "f(b, a, c=True)", "f(a, b, c=False)", "pass"]),
        (
            "a.reshape(3, -1)",
            ["a.reshape(-1, 3)", "a.reshape(4, -1)", "a.reshape(2, -1)", "a.reshape(3, 1)", "a.reshape(3, -0)", "pass"],
        ),
        ("zip(a, strict=True)", ["zip(a)", "pass"]),
        ("max(a, b)", ["min(a, b)", "pass"]),
        ("x.W.T.copy()", ["x.W.T", "x.W.copy()", "pass"]),
        ("if a:\n    raise ValueError('no' + b)", ["if not a:", "pass"]),
        ("for a in 'x':\n    break", ["for a in 'x?':", "pass"]),
    ],
)
def test_mistakes_in_a_statement(statement, mistakes):
    assert sorted(mutant.after for mutant in mutants(statement)) == sorted(mistakes)


def test_what_only_people_read_is_left_as_it_is():
    source = 'def f(x: tuple[1] = None) -> "y":\n    """1 + 1"""\n    raise ValueError("1" + x)'
    assert [mutant.after for mutant in mutants(source)] == ["pass"]


def test_a_mutant_is_the_whole_source_and_names_the_lines_of_its_statement():
    source = "@d(\n    1)\ndef f():\n    a = 2\n    return g(\n        a)\n"
    found = {mutant.after: mutant for mutant in mutants(source)}
    assert found["@d(2)"].lines == range(1, 4)
    assert found["return"].lines == range(5, 7)
    assert ast.unparse(ast.parse(found["return"].source)) == "@d(1)\ndef f():\n    a = 2\n    return"
