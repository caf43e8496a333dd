"""Tables, and the places where they are written."""

import pytest

from scratchnet.markdown import digits, fill, table
from scratchnet.problems import Problem

PAGE = "Before\n<!-- runs -->\n| old |\n<!-- end of runs -->\nAfter\n"


def test_a_table_has_its_first_column_on_the_left():
    assert table(["run", "loss"], [["a", "1"], ["b", "2"]]) == [
        "| run | loss |",
        "| --- | ---: |",
        "| a | 1 |",
        "| b | 2 |",
    ]


def test_columns_of_words_are_on_the_left_as_well():
    assert table(["run", "device", "loss"], [], words=["device"])[1] == "| --- | --- | ---: |"


@pytest.mark.parametrize(("number", "text"), [(0.09456, "0.0946"), (9.4, "9.4"), (94.56, "94.6"), (1234.5, "1,234")])
def test_three_digits_are_enough(number, text):
    assert digits(number) == text


def test_a_place_is_filled_and_nothing_else_is_touched():
    filled = fill(PAGE, "runs", ["| new |", "| row |"])
    assert filled == PAGE.replace("| old |", "| new |\n| row |")
    assert fill(filled, "runs", ["| old |"]) == PAGE


@pytest.mark.parametrize("page", [PAGE.replace("end of ", ""), PAGE.replace("<!-- runs -->", ""), ""])
def test_a_page_without_the_place_is_refused(page):
    with pytest.raises(Problem, match='no place for the table "runs": put <!-- runs -->'):
        fill(page, "runs", [])
