"""The Markdown of a chapter as HTML that needs no other file: pictures inside, formulas as MathML, code in colours."""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from operator import itemgetter
from pathlib import Path, PurePosixPath
from posixpath import normpath

from markdown_it.token import Token
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Literal, Operator

from scratchnet.chapters.reading import parser
from scratchnet.page.formulas import formula

QUOTED = re.compile(r"<!-- code: (\S+) (\S+) -->")
COMMENT = re.compile(r"<!--(?! live: ).*?-->", re.DOTALL)
LEXERS = {"python": "python", "session": "pycon", "sh": "bash", "yaml": "yaml"}
CLASSES = {  # of code: what is shown in a way of its own
    Comment: "comment",
    Literal.String: "string",
    Keyword: "keyword",
    Operator.Word: "keyword",
    Generic.Prompt: "prompt",
    Generic.Output: "output",
    Generic.Traceback: "output",
}


@dataclass(frozen=True)
class Place:
    """Of a page of Markdown: what its links are relative to, and which of them lead to a chapter of the page."""

    root: Path
    folder: Path
    id: str
    chapters: set[str]

    def target(self, href: str) -> tuple[str, str]:
        """A link's path from the root of the project, and its anchor."""
        path, _, anchor = href.partition("#")
        return normpath(PurePosixPath(self.folder.as_posix()) / path) if path else "", anchor


def render(text: str, place: Place) -> str:
    """HTML. Headings begin one level lower, for the page has its own."""
    markdown = parser()
    for name, rule in RULES.items():
        markdown.add_render_rule(name, rule)
    env = {"place": place}
    tokens = markdown.parse(text, env)
    for token in tokens:
        if token.children:
            token.children = _links_that_work(token.children, place)
    return markdown.renderer.render(tokens, markdown.options, env)


def anchor_of(heading: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _links_that_work(children: Sequence[Token], place: Place) -> list[Token]:
    """Links within the page and to the web stay; what else a link leads to is named by its path, as code."""
    kept: list[Token] = []
    path, start = "", 0
    for child in children:
        if child.type == "link_open":
            address, path = _address(child.attrs["href"], place)
            start = len(kept)
            child.attrs["href"] = address
            if path:
                continue
        if child.type == "link_close" and path:
            kept[start:] = _named(kept[start:], path)
            path = ""
            continue
        kept.append(child)
    return kept


def _address(href: str, place: Place) -> tuple[str, str]:
    """Where a link leads in the page or the web; or, where that is neither, the path that it names."""
    if href.startswith(("http:", "https:")):
        return href, ""
    target, anchor = place.target(href)
    chapter = PurePosixPath(target).stem if target else place.id
    if chapter in place.chapters:
        return f"#{chapter}" + (f"/{anchor}" if anchor else ""), ""
    return "", target


def _named(words: list[Token], path: str) -> list[Token]:
    """The words of a link, and the path; the path alone where the words are its end."""
    code = Token("code_inline", "code", 0, content=path)
    text = "".join(word.content for word in words)
    if path.rstrip("/").endswith(text.rstrip("/")):
        return [code]
    return [*words, Token("text", "", 0, content=" ("), code, Token("text", "", 0, content=")")]


def _formula(_, tokens, at, _options, _env) -> str:
    return formula(tokens[at].content)


def _fence(_, tokens, at, _options, _env) -> str:
    code, language = tokens[at].content, tokens[at].info.strip()
    if language == "math":
        return f'<div class="formula">{formula(code, block=True)}</div>\n'
    if language == "python" and ">>> " in code:
        language = "session"
    shown = _highlighted(code, LEXERS[language]) if language in LEXERS else escape(code)
    return f"<pre><code>{shown}</code></pre>\n"


def _highlighted(code: str, lexer: str) -> str:
    tokens = [(_class(kind), text) for kind, text in get_lexer_by_name(lexer).get_tokens(code)]
    runs = [(name, "".join(text for _, text in run)) for name, run in groupby(tokens, key=itemgetter(0))]
    return "".join(f'<i class="{name}">{escape(text)}</i>' if name else escape(text) for name, text in runs)


def _class(kind) -> str:
    return next((name for kinds, name in CLASSES.items() if kind in kinds), "")


def _html_block(_, tokens, at, _options, _env) -> str:
    """Comments are left out; one that names quoted code becomes the line above it."""
    content = tokens[at].content
    if quoted := QUOTED.match(content):
        return f'<p class="source"><code>{escape(quoted[2])}</code> in <code>{escape(quoted[1])}</code></p>\n'
    return COMMENT.sub("", content)


def _html_inline(_, tokens, at, _options, _env) -> str:
    return COMMENT.sub("", tokens[at].content)


def _heading_open(_, tokens, at, _options, env) -> str:
    return f'<h{int(tokens[at].tag[1]) + 1} id="{env["place"].id}/{anchor_of(tokens[at + 1].content)}">'


def _heading_close(_, tokens, at, _options, _env) -> str:
    return f"</h{int(tokens[at].tag[1]) + 1}>\n"


def _image(_, tokens, at, _options, env) -> str:
    """A picture inside of the page; where this run does not have it, a sentence."""
    path, _ = env["place"].target(tokens[at].attrs["src"])
    alt = escape(tokens[at].content.replace("\n", " "))
    if not (file := env["place"].root / path).is_file():
        return f'<span class="absent">This run has no {escape(path)}: {alt}.</span>'
    return f'<img src="data:image/png;base64,{b64encode(file.read_bytes()).decode()}" alt="{alt}">'


def _table_open(*_) -> str:
    return '<div class="scrolled"><table>\n'


def _table_close(*_) -> str:
    return "</table></div>\n"


RULES = {
    "formula": _formula,
    "fence": _fence,
    "html_block": _html_block,
    "html_inline": _html_inline,
    "heading_open": _heading_open,
    "heading_close": _heading_close,
    "image": _image,
    "table_open": _table_open,
    "table_close": _table_close,
}
