"""Small mistakes in a Python file, one at a time: a minus for a plus, a number off by one, a statement left out.

What only people read is left as it is: docstrings, annotations, and what an error says.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

OPERATORS = {
    ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div], ast.Div: [ast.Mult], ast.MatMult: [ast.Mult],
    ast.FloorDiv: [ast.Mult], ast.Mod: [ast.Mult], ast.Pow: [ast.Mult], ast.LShift: [ast.RShift],
    ast.RShift: [ast.LShift], ast.BitOr: [ast.BitAnd], ast.And: [ast.Or], ast.Or: [ast.And],
    ast.Lt: [ast.LtE, ast.GtE], ast.LtE: [ast.Lt, ast.Gt], ast.Gt: [ast.GtE, ast.LtE], ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot], ast.IsNot: [ast.Is], ast.In: [ast.NotIn],
}  # fmt: skip
NAMES = {"greater": "greater_equal", "sqrt": "square", "popleft": "pop", "zeros_like": "ones_like", "zeros": "ones"}
for pair in ("min max", "minimum maximum", "argmin argmax", "any all", "add subtract", "multiply divide", "exp log"):
    one, other = pair.split()
    NAMES |= {one: other, other: one}
COMMUTATIVE = ("min", "max", "minimum", "maximum", "add", "multiply", "logaddexp", "swapaxes")
CONVERSIONS = ("float", "int", "list", "tuple", "sorted", "reversed", "dict", "set")
SIMPLE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Raise, ast.Break, ast.Continue, ast.Delete)


@dataclass(frozen=True)
class Mutant:
    """The whole source with one mistake; the lines of the statement it is in, and that statement before and after.

    function: "f" or "Class.f", in whose body it is; "" elsewhere, where it counts while the file is imported.
    """

    source: str
    lines: range
    function: str
    before: str
    after: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a file, from top to bottom; none twice."""
    tree = ast.parse(source)
    whole = ast.unparse(tree)  # one statement a line
    seen = {whole}
    for lines, function, old, new, put in _changes(tree, range(1)):
        put(new)
        mutated = ast.unparse(tree)
        put(old)
        if mutated not in seen:
            seen.add(mutated)
            pairs = zip(whole.splitlines(), mutated.splitlines(), strict=False)
            before, after = next((a.strip(), b.strip()) for a, b in pairs if a != b)
            if not _is_the_same(before, after):
                yield Mutant(mutated, lines, function, before, after)


def _is_the_same(before: str, after: str) -> bool:
    """strict=False is what is left without strict=True. For NumPy's reshape any negative size is −1."""
    return before == after.replace("strict=False", "strict=True") or (
        "reshape(" in before and before == re.sub(r"-2(?=[,)])", "-1", after)
    )


def _changes(node: ast.AST, lines: range, function: str = "", scope: str = "") -> Iterator[tuple]:
    """Of each node in the tree: lines and function of its statement; it, what could be there, and a call that puts it.

    scope: "", or "Class." within a class.
    """
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns"):
            continue
        if field == "body" and isinstance(node, ast.FunctionDef):
            function = function or scope + node.name
        for place, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or _is_docstring(child):
                continue
            within = _header(child) if isinstance(child, ast.stmt) else lines

            def put(new, node=node, field=field, value=value, place=place):
                if isinstance(value, list):
                    value[place] = new
                else:
                    setattr(node, field, new)

            yield from ((within, function, child, new, put) for new in _alternatives(child, field))
            if not isinstance(child, ast.Raise):
                inside = f"{child.name}." if isinstance(child, ast.ClassDef) else scope
                yield from _changes(child, within, function, inside)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _header(statement: ast.stmt) -> range:
    """The lines of a statement, without those of the statements within it."""
    first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", []))])
    body = getattr(statement, "body", None)
    return range(first, max(body[0].lineno if body else statement.end_lineno + 1, first + 1))


def _alternatives(node: ast.AST, field: str) -> Iterator[ast.AST]:
    yield from (new() for new in OPERATORS.get(type(node), ()))
    if field in ("test", "ifs") and not isinstance(node, ast.Compare):
        yield ast.UnaryOp(ast.Not(), node)
    match node:
        case ast.Constant(value=bool(truth)):
            yield ast.Constant(not truth)
        case ast.Constant(value=int(number) | float(number)):
            yield from (ast.Constant(number + 1), ast.Constant(number - 1))
        case ast.Constant(value=str(text)):
            yield ast.Constant(text + "?")
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMES:
            yield ast.Name(NAMES[name], ast.Load())
        case ast.Attribute(value=value, attr=name) if name in NAMES:
            yield ast.Attribute(value, NAMES[name], ast.Load())
        case ast.Attribute(value=value, attr="T"):
            yield value
        case ast.Call():
            yield from _calls(node)
        case ast.Slice(lower=lower, upper=upper, step=step):
            for kept in ((None, upper, step), (lower, None, step), (lower, upper, None)):
                yield ast.Slice(*kept)
        case ast.Return(value=ast.AST() as value) if ast.unparse(value) != "None":
            yield ast.Return(None)
        case ast.stmt() if isinstance(node, SIMPLE):
            yield ast.Pass()


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    """A call without one of its keywords, with its first two arguments swapped, or not made at all."""
    for place, keyword in enumerate(node.keywords):
        if keyword.arg:
            yield ast.Call(node.func, node.args, node.keywords[:place] + node.keywords[place + 1 :])
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    match node:
        case ast.Call(args=[first, second, *others]) if name not in COMMUTATIVE:
            if not any(isinstance(each, ast.Starred) for each in (first, second)):
                yield ast.Call(node.func, [second, first, *others], node.keywords)
        case ast.Call(args=[only], keywords=[]) if name in CONVERSIONS:
            yield only
        case ast.Call(func=ast.Attribute(value=value, attr="copy" | "swapaxes" | "astype" | "ravel")):
            yield value
