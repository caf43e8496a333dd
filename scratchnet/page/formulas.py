"""Formulas: LaTeX as MathML, which browsers show by themselves."""

from latex2mathml.converter import convert
from markupsafe import Markup


def formula(latex: str, block: bool = False) -> Markup:
    """ValueError where a command is not known; the converter would print it as it stands."""
    mathml = convert(latex, display="block" if block else "inline")
    if "\\" in mathml or "<mi>&</mi>" in mathml:
        raise ValueError(f"a command in {latex!r} is not known to latex2mathml: {mathml}")
    return Markup(mathml)
