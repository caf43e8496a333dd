"""A file of the project without some of its bodies: signatures, docstrings and comments stay."""

import ast
from collections.abc import Mapping

from scratchnet.bodies import functions, statements


def taken_out(source: str, notes: Mapping[str, tuple[str, str]]) -> str:
    """notes: of each function or method to be emptied, a comment to stand above it, and what its empty body says."""
    lines, found = source.split("\n"), functions(ast.parse(source))
    for name in sorted(notes, key=lambda name: found[name].lineno, reverse=True):  # from below: line numbers stay true
        node, (comment, says) = found[name], notes[name]
        first = statements(node)[0].lineno
        if first == node.lineno:
            raise ValueError(f"{name} is written in one line; put its body on a line of its own")
        indent = " " * (node.col_offset + 4)
        while lines[first - 2].lstrip().startswith("#"):  # a comment that belongs to the body
            first -= 1
        lines[first - 1 : node.end_lineno] = [f'{indent}raise NotImplementedError("{says}")']
        lines.insert(node.lineno - 1, f"{' ' * node.col_offset}# {comment}")
    return "\n".join(lines)
