"""Code that a chapter quotes by its name, so that it is always what the source says.

<!-- code: scratchnet/numpy_nn/layers.py ReLU.forward --> stands above a fence of Python, which holds that symbol.
"""

import ast
import re
from pathlib import Path
from textwrap import dedent

from scratchnet.problems import Problem

QUOTATION = re.compile(r"^<!-- code: (\S+) (\S+) -->\n(?:\n*```python\n(.*?)^```$\n?)?", re.MULTILINE | re.DOTALL)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def quote(path: str, symbol: str, root: Path) -> str:
    """The lines of a symbol, dedented: NAME or CLASS.METHOD, with its decorators; or a constant of the module.

    Problem where the file or the symbol does not exist.
    """
    try:
        source = (root / path).read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError):
        raise Problem(f"{symbol} cannot be quoted: there is no file {path}.") from None
    body = ast.parse(source).body
    for name in symbol.split("."):
        found = next((node for node in body if _defines(node, name)), None)
        if found is None:
            raise Problem(f"{path} has no {symbol}, which is quoted: {_choice(body)}.")
        body = getattr(found, "body", [])
    first = min([found.lineno, *(decorator.lineno for decorator in getattr(found, "decorator_list", []))])
    return dedent("\n".join(source.splitlines()[first - 1 : found.end_lineno])) + "\n"


def _defines(node: ast.stmt, name: str) -> bool:
    return name in _names(node)


def _names(node: ast.stmt) -> list[str]:
    """What a statement defines: one function or class, or the names that it assigns to."""
    if isinstance(node, DEFINITIONS):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _choice(body: list[ast.stmt]) -> str:
    names = [name for node in body for name in _names(node)]
    return f"it has {', '.join(names)}" if names else "nothing is defined there"
