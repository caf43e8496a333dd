"""What docs/data-quality.md promises of every kind of file is held by tests that exist."""

import re

from source_imports import ROOT

PAGE = ROOT / "docs" / "data-quality.md"
HERE = ROOT / "tests" / "photos"


def test_every_test_that_the_page_names_is_there():
    named = re.findall(r"`(test_\w+)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    defined = {
        name for file in HERE.glob("*.py") for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)
    }
    assert len(named) > 40
    assert set(named) <= defined, set(named) - defined
