"""Tables as Markdown, and the places in a page where they are written."""

from collections.abc import Collection, Iterable, Sequence

from scratchnet.problems import Problem


def table(head: Sequence[str], rows: Iterable[Sequence[str]], words: Collection[str] = ()) -> list[str]:
    """Lines. The first column and those named in `words` are left-aligned, the others are numbers."""
    rulers = ["---" if place == 0 or name in words else "---:" for place, name in enumerate(head)]
    return [f"| {' | '.join(line)} |" for line in (head, rulers, *rows)]


def digits(number: float) -> str:
    """Three of them: 0.0946, 9.46, 94.6, 946; larger numbers whole."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def fill(page: str, name: str, lines: Iterable[str]) -> str:
    """The page with `lines` in the place of what stood between <!-- NAME --> and <!-- end of NAME -->.

    Problem where the page has no such place.
    """
    before, opening, rest = page.partition(f"<!-- {name} -->\n")
    _, closing, after = rest.partition(f"<!-- end of {name} -->")
    if not closing:
        raise Problem(
            f'The page has no place for the table "{name}": put <!-- {name} --> and <!-- end of {name} --> back, '
            "each on a line of its own."
        )
    return "".join([before, opening, *(f"{line}\n" for line in lines), closing, after])
