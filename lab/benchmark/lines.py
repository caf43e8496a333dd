"""How long an implementation is: its lines of code, without blanks, comments and docstrings."""

import ast
import io
import tokenize
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_CODE = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
}  # fmt: skip


def count(sources: Iterable[str], root: Path = ROOT) -> int:
    """Lines of all `sources`: "PATH" is a whole file, "PATH: Class.method, function" what is defined there."""
    return sum(len(code_lines(*_parts(source, root))) for source in sources)


def code_lines(text: str, names: Iterable[str] = ()) -> set[int]:
    """The numbers of the lines of code in a module's text, or in the named definitions alone."""
    tree = ast.parse(text)
    code = {
        line
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in NOT_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    code -= {line for node in ast.walk(tree) for line in _docstring(node)}
    if not names:
        return code
    return {line for name in names for line in code & _span(_find(tree, name))}


def _parts(source: str, root: Path) -> tuple[str, list[str]]:
    path, _, names = source.partition(":")
    return (root / path).read_text(encoding="utf-8"), [name.strip() for name in names.split(",") if name]


def _find(tree: ast.AST, dotted: str) -> ast.AST:
    """The definition of a dotted name; LookupError where there is none, for a table that nobody checks goes stale."""
    for name in dotted.split("."):
        found = [node for node in ast.iter_child_nodes(tree) if getattr(node, "name", None) == name]
        if not found:
            raise LookupError(f"there is no {name} of {dotted}")
        tree = found[0]
    return tree


def _docstring(node: ast.AST) -> set[int]:
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    has_one = isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None
    return _span(node.body[0]) if has_one else set()


def _span(node: ast.AST) -> set[int]:
    return set(range(node.lineno, node.end_lineno + 1))
