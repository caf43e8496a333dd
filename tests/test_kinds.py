"""What two kinds of pictures may be called, and which names are of one kind."""

import pytest

from scratchnet.kinds import key, mistake, probability_of


@pytest.mark.parametrize(
    "names",
    [
        ("Dog", "dogs"),
        ("hot-dog", "Hot_Dogs", "hot dog"),
        ("STRASSE", "straße"),
        ("pa\u0301jaros", "pájaro"),  # an accent of its own, as macOS writes names
        ("s", "S"),
    ],
    ids=str,
)
def test_names_of_one_kind_have_one_key(names):
    assert len({key(name) for name in names}) == 1


def test_names_of_two_kinds_have_two_keys():
    assert len({key(name) for name in ("cat", "dog", "hot dog", "s", "as", "猫", "犬", "3", "33")}) == 9


@pytest.mark.parametrize("names", [["cat", "dog"], ["hot dog", "big_cat"], ["3", "7"], ["猫", "犬"], ["बिल्ली", "null"]])
def test_two_kinds_of_any_script_are_allowed(names):
    assert mistake(names) == ""


@pytest.mark.parametrize(
    ("names", "wrong"),
    [
        (["cat"], "has to name two kinds"),
        (["cat", "dog", "bird"], "has to name two kinds"),
        ("ab", "has to name two kinds"),
        ([3, 7], "a name of digits in quotes"),
        (["Dog", "dogs"], "'Dog' and 'dogs' are the same kind"),
        (["", "dog"], "'' cannot be a name"),
        (["=1+1", "dog"], "'=1+1' cannot be a name"),
        (["-x", "dog"], "'-x' cannot be a name"),
        (["a/b", "dog"], "'a/b' cannot be a name"),
        (["a,b", "dog"], "'a,b' cannot be a name"),
        (["cat ", "dog"], "'cat ' cannot be a name"),
        (["a\nb", "dog"], "cannot be a name"),
        (["x" * 41, "dog"], "cannot be a name: take at most 40"),
        (["Train", "plane"], "'Train' already has a meaning"),
        (["test set", "plane"], "'test set' already has a meaning"),
        (["CON", "dog"], "'CON' already has a meaning"),
    ],
)
def test_other_names_are_told_what_is_wrong(names, wrong):
    assert wrong in mistake(names)


def test_the_column_is_called_after_the_second_kind():
    assert probability_of(("apple", "pear")) == "probability_pear"
