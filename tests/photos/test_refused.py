"""Too many files that cannot be used stop the preparation."""

import re

import pytest
from cats_and_dogs import folder

from scratchnet.photos.prepare import write_prepared
from scratchnet.problems import Problem

NAMES = [f"{kind}/{n}.jpg" for kind in ("cat", "dog") for n in range(10)]
BAD = dict.fromkeys(["cat/1.jpg", "cat/2.jpg", "cat/5.jpg", "dog/3.jpg"], b"<html>") | {"dog/4.jpg": b""}


def test_too_many_rejects_stop_the_run_with_a_table_and_nothing_is_written(tree, data, tmp_path):
    photographs = folder(tree(NAMES, **BAD))
    with pytest.raises(Problem) as caught:
        write_prepared(photographs, tmp_path / "prepared", data(max_rejected_fraction=0.24), workers=1)
    assert str(caught.value).splitlines() == [
        "5 of 20 files cannot be used (25.0%), and data.max_rejected_fraction allows 24.0%. Nothing was written.",
        "  reason                files  the first of them",
        "  not_an_image              4  cat/1.jpg, cat/2.jpg, cat/5.jpg, …",
        "  empty                     1  dog/4.jpg",
        "Mend or remove them; or raise data.max_rejected_fraction, if the other files are what you want.",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["tree"]
    assert write_prepared(photographs, tmp_path / "prepared", data(max_rejected_fraction=0.25), workers=1).rejected == 5


def test_neither_copies_nor_none_at_all_count_as_rejected(tree, data, tmp_path, jpeg):
    copies = dict.fromkeys(NAMES[:5], jpeg(0))
    summary = write_prepared(
        folder(tree(NAMES, **copies)), tmp_path / "prepared", data(max_rejected_fraction=0), workers=1
    )
    assert summary.duplicates == 4
    with pytest.raises(Problem, match=re.escape("1 of 20 files cannot be used (5.0%)")):
        write_prepared(
            folder(tree(NAMES, **{"cat/0.jpg": b""})), tmp_path / "prepared", data(max_rejected_fraction=0), workers=1
        )


def test_a_name_in_the_table_cannot_break_it(tree, data, tmp_path):
    photographs = folder(tree([*NAMES, "cat/a\nb.jpg"], **{"cat/a\nb.jpg": b""}))
    with pytest.raises(Problem, match=r"empty +1  'cat/a\\u000ab\.jpg\n"):
        write_prepared(photographs, tmp_path / "prepared", data(max_rejected_fraction=0.01), workers=1)
