"""The functions of a Python file, read without running it: where each stands, and whether it waits to be written.

A body waits if, after its docstring, all that it does is to raise NotImplementedError("...").
"""

import ast
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from scratchnet.problems import Problem


@dataclass(frozen=True)
class Body:
    """A function or a method.

    text: its lines, with the comments and decorators above. waits: nothing is written there yet.
    """

    node: ast.FunctionDef
    text: str
    waits: bool

    @property
    def line(self) -> int:
        """The first of what it does, after the docstring."""
        return statements(self.node)[0].lineno


def read(path: Path) -> str:
    """The text of a file of Python. Problem where it is none, or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors of Windows begin a file with a mark
    except IsADirectoryError:
        raise Problem(f"{path} is a folder, where a file of Python should be. Give it another name.") from None
    except UnicodeDecodeError as error:
        raise Problem(f"{path} is not UTF-8 ({error.reason} at byte {error.start}). Save it as UTF-8.") from None


def parse(path: Path) -> ast.Module:
    """Problem, with the line, where the file is not Python."""
    try:
        return _parsed(read(path), str(path))
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        reads = f" It reads: {error.text.strip()}" if error.text else ""
        raise Problem(f"{path}{line}: {error.msg}.{reads}") from None
    except ValueError as error:  # zero bytes, before Python 3.12
        raise Problem(f"{path}: {error}.") from None


@lru_cache(maxsize=32)  # the same few files again and again; nobody changes a tree
def _parsed(source: str, name: str) -> ast.Module:
    return ast.parse(source, name)


def bodies(path: Path) -> dict[str, Body]:
    """The functions and methods of a file by name: he_std, ReLU.forward. Problem where the file is not Python."""
    parse(path)
    return bodies_of(read(path), str(path))


def bodies_of(source: str, name: str = "<text>") -> dict[str, Body]:
    lines, found = source.split("\n"), functions(_parsed(source, name))
    return {name: Body(node, _text(lines, node), _waits(node)) for name, node in found.items()}


def functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{inner.name}": inner for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return found


def statements(node: ast.FunctionDef) -> list[ast.stmt]:
    """What a function does: its body after the docstring; the docstring where there is nothing else."""
    return node.body[1:] or node.body if ast.get_docstring(node, clean=False) is not None else node.body


def _text(lines: list[str], node: ast.FunctionDef) -> str:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return "\n".join(lines[first - 1 : node.end_lineno])


def _waits(node: ast.FunctionDef) -> bool:
    match statements(node):
        case [ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError")))]:
            return True
    return False
