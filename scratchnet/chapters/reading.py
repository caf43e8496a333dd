"""How the Markdown of a chapter is read: CommonMark, with GitHub's tables and formulas; and how long that takes."""

import re
from itertools import pairwise, takewhile

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

WORDS_A_MINUTE = 200
# A picture that the page shows as a live figure: <!-- figure: curve --> and, on the next line, the picture.
FIGURE = re.compile(r"^<!-- figure: (\w+) -->\n!\[[^]]*\]\(([^)]*)\)$", re.MULTILINE)
SENTENCE_END = re.compile(r"""(?<!e\.g\.)(?<!i\.e\.)(?<=[.!?])["')\]]*\s+""")


def parser() -> MarkdownIt:
    """Inline formulas, $`y = x W`$, become tokens `formula`; a display formula is a fence named math."""
    markdown = MarkdownIt("commonmark").enable("table")
    markdown.inline.ruler.before("backticks", "formula", _formula)
    markdown.inline.add_terminator_char("$")
    return markdown


def _formula(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("$`", state.pos) or (end := state.src.find("`$", state.pos + 2)) < 0:
        return False
    if not silent:
        state.push("formula", "math", 0).content = state.src[state.pos + 2 : end]
    state.pos = end + 2
    return True


def formulas(text: str) -> list[str]:
    """The LaTeX of every formula."""
    tokens = parser().parse(text)
    displayed = [token.content for token in tokens if token.type == "fence" and token.info == "math"]
    inline = [child.content for token in tokens for child in token.children or [] if child.type == "formula"]
    return displayed + inline


def sentences(text: str) -> list[str]:
    """The prose alone: neither headings nor code, tables, formulas and the navigation at the end."""
    return [part for block in _blocks(parser().parse(text)) for part in SENTENCE_END.split(block) if words(part)]


def words(text: str) -> int:
    return sum(any(sign.isalnum() for sign in word) for word in text.split())


def minutes(text: str) -> int:
    """To read the prose, rounded up."""
    return -(-sum(map(words, sentences(text))) // WORDS_A_MINUTE)


def _blocks(tokens: list[Token]) -> list[str]:
    """The text of each paragraph, up to the rule that a chapter ends with."""
    spoken = takewhile(lambda token: token.type != "hr", tokens)
    return [_text(inline) for before, inline in pairwise(spoken) if before.type == "paragraph_open"]


def _text(inline: Token) -> str:
    spoken = {"text", "code_inline", "softbreak", "hardbreak"}
    return "".join(child.content or " " for child in inline.children or [] if child.type in spoken)
