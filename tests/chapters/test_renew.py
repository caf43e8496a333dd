"""The command that writes quotations and values anew."""

import pytest

from scratchnet.chapters.renew import main
from scratchnet.problems import Problem

PAGE = """# 1. A page

<!-- code: code.py RATE -->
```python
RATE = 1
```

It has learned: the loss is
<!-- value: m.json loss .2f -->9<!-- /value -->.

<!-- code: code.py SIZE -->

And more.
"""
RENEWED = """# 1. A page

<!-- code: code.py RATE -->
```python
RATE = 0.1
```

It has learned: the loss
is <!-- value: m.json loss .2f -->0.12<!-- /value -->.

<!-- code: code.py SIZE -->
```python
SIZE = 3
```

And more.
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "docs/chapters").mkdir(parents=True)
    (tmp_path / "docs/chapters/01-one.md").write_text(PAGE)
    (tmp_path / "docs/other.md").write_text("The loss is <!-- value: m.json loss .3f -->0.123<!-- /value -->.\n")
    (tmp_path / "code.py").write_text("RATE = 0.1\nSIZE = 3\n")
    (tmp_path / "m.json").write_text('{"loss": 0.123}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_is_written_anew_and_told_and_then_there_is_nothing_to_do(here, capsys):
    main([])
    assert (here / "docs/chapters/01-one.md").read_text() == RENEWED
    assert capsys.readouterr().out.splitlines() == [
        "docs/chapters/01-one.md: RATE of code.py",
        "docs/chapters/01-one.md: SIZE of code.py",
        "docs/chapters/01-one.md: loss of m.json from 9 to 0.12",
        "docs/chapters/01-one.md: a value stood at the beginning of a line",
        "4 changes: of 4 quotations and values in docs/, all are now as their sources have them.",
    ]
    main([])
    assert capsys.readouterr().out.startswith("0 changes")
    assert (here / "docs/chapters/01-one.md").read_text() == RENEWED


def test_names_that_do_not_exist_are_told_with_their_page_and_nothing_is_written(here):
    (here / "code.py").write_text("SPEED = 3\n")
    (here / "m.json").unlink()
    with pytest.raises(Problem) as problem:
        main([])
    assert [line.split(":")[0] for line in str(problem.value).splitlines()] == [
        *["docs/chapters/01-one.md"] * 3,
        "docs/other.md",
    ]
    assert (here / "docs/chapters/01-one.md").read_text() == PAGE


def test_outside_of_the_project_it_says_where_to_go(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Problem, match="Go to the project's root first"):
        main([])
