"""A value is read from its file and written in its format."""

import pytest

from scratchnet.chapters.values import VALUE, value_text
from scratchnet.problems import Problem


@pytest.fixture
def root(tmp_path):
    (tmp_path / "m.json").write_text('{"net": {"loss": 0.00123, "count": 12345, "device": "cpu"}}')
    (tmp_path / "params.yaml").write_text("train: {rate: 0.01, epochs: 50}\n")
    (tmp_path / "loss.csv").write_text("epoch,loss\n1,0.5\n2,0.25\n")
    (tmp_path / "notes.txt").write_text("nothing")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "key", "form", "text"),
    [
        ("m.json", "net.loss", ".4f", "0.0012"),
        ("m.json", "net.loss", ".1%", "0.1%"),
        ("m.json", "net.count", ",", "12,345"),
        ("m.json", "net.device", None, "cpu"),
        ("params.yaml", "train.rate", None, "0.01"),
        ("params.yaml", "train.epochs", None, "50"),
        ("loss.csv", "loss[0]", ".2f", "0.50"),
        ("loss.csv", "epoch[-1]", None, "2"),
    ],
)
def test_a_value_is_written_in_its_format(root, file, key, form, text):
    assert value_text(file, key, form, root) == text


@pytest.mark.parametrize(
    ("file", "key", "form", "told"),
    [
        ("none.json", "a", None, "There is no file none.json, of which a value is named."),
        ("m.json", "net.lost", None, "m.json has no net.lost: where lost is looked for, there is loss, count, device."),
        ("m.json", "net.loss.x", None, "m.json has no net.loss.x: where x is looked for, nothing is below it."),
        ("m.json", "net", None, "net of m.json is no single value: name one of loss, count, device."),
        ("m.json", "net.device", ".1f", "device of m.json is 'cpu', which cannot be written as '.1f'."),
        ("loss.csv", "lost[0]", None, "loss.csv has no column lost: it has epoch, loss."),
        ("loss.csv", "loss[2]", None, "loss.csv has no row 2: it has 2, counted from 0."),
        ("loss.csv", "loss", None, "loss is no cell of loss.csv: name a column and a row, such as"),
        ("notes.txt", "a", None, "notes.txt is not JSON, YAML or CSV: no value can be taken from it."),
    ],
)
def test_what_does_not_exist_is_told(root, file, key, form, told):
    with pytest.raises(Problem) as problem:
        value_text(file, key, form, root)
    assert told in str(problem.value)


def test_the_comment_of_a_value_may_be_wrapped_and_have_no_format():
    text = "about <!-- value: m.json\nnet.loss -->0.1<!-- /value -->, `<!-- value: FILE KEY -->` names it"
    (found,) = VALUE.finditer(text)
    assert found.groupdict() == {"file": "m.json", "key": "net.loss", "form": None, "text": "0.1"}
