"""Folders of two kinds that are no cats and dogs; and what to type where they are not those that were asked for."""

import re
from pathlib import PurePosixPath

import pytest

from scratchnet.kinds import mistake
from scratchnet.photos.held import OtherKinds, held, setting
from scratchnet.photos.sources import folder
from scratchnet.problems import Problem


def labels(root, classes) -> dict[str, tuple]:
    return {one.name: (one.label, one.split) for one in folder(root, classes=classes)}


@pytest.mark.parametrize(
    ("classes", "names", "expected"),
    [
        (["pear", "apple"], ["Apples/1.jpg", "fruit/PEAR/b.png"], [(1, None), (0, None)]),
        (["hot dog", "bun"], ["in/Hot-Dogs/1.jpg", "in/buns/1.jpg"], [(1, None), (0, None)]),
        (["hot_dog", "bun"], ["Hot dogs (1).jpg", "bun.12.jpg"], [(1, None), (0, None)]),
        (["3", "7"], ["3.12.jpg", "3 (1).jpg", "7_1.jpg"], [(0, None), (0, None), (1, None)]),
        (["猫", "犬"], ["Train/猫/1.jpg", "val/犬/1.jpg", "犬.zip.d/猫/1.jpg"], [(0, "train"), (1, "val"), (0, None)]),
        (["cats", "Dogs"], ["cat/1.jpg", "dog/1.jpg", "test/1.jpg"], [(0, None), (1, None), (None, None)]),
    ],
)
def test_any_two_kinds_are_matched_as_cats_and_dogs_are(tree, classes, names, expected):
    assert sorted(labels(tree(names), classes).values(), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    ("names", "kinds"),
    [
        (["fruit/Apple/1.jpg", "fruit/pears/1.jpg", "fruit/pears/2.jpg"], {"Apple": 1, "pears": 2}),
        (["train/Apple/red/1.jpg", "val/apple/1.jpg", "test/Pear/1.jpg", "test/9.jpg"], {"Apple": 2, "Pear": 1}),
        (["Training/a b/1.jpg", "Training/c.zip/1.jpg"], {"a b": 1, "c": 1}),
        (["apple.1.jpg", "Apples (2).jpg", "Apples 3.jpg", "pear_7.png"], {"Apples": 3, "pear": 1}),
        (["cat/1.jpg", "horse/1.jpg"], {"cat": 1, "horse": 1}),
        (["a/1.jpg", "b/1.jpg", "c/1.jpg"], {"a": 1, "b": 1, "c": 1}),
        (["one/1.jpg", "one/2.jpg"], {}),
        ([], {}),
    ],
)
def test_what_a_folder_holds_is_counted_by_kind(names, kinds):
    assert held(map(PurePosixPath, names)) == kinds


def test_two_kinds_are_proposed_with_what_to_type(tree):
    with pytest.raises(OtherKinds, match=r"two other kinds: Apple \(1\), pear \(2\)\. To learn these") as caught:
        folder(tree(["Apple/1.jpg", "pear/1.jpg", "pear/2.jpg", "test/1.jpg"]), classes=["cat", "dog"])
    assert caught.value.option == '-S "data.classes=[Apple,pear]"'
    assert str(caught.value).endswith("set data.classes in params.yaml to [Apple,pear].")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([f"{kind}/1.jpg" for kind in "abcdefg"], "It holds: a (1), b (1), c (1), d (1), e (1), …. Call two"),
        (["Apple & Co/1.jpg", "pear/1.jpg"], "Apple & Co (1), pear (1). These names will not do, for data.classes"),
        (["all/1.jpg"], "whether it is cat or dog.\nThese shapes"),
    ],
)
def test_what_cannot_be_proposed_is_told(tree, names, told):
    with pytest.raises(OtherKinds, match=re.escape(told)) as caught:
        folder(tree(names), classes=["cat", "dog"])
    assert caught.value.option == ""


def test_a_third_kind_is_refused_by_the_names_of_the_two(tree):
    with pytest.raises(Problem, match=r"neither apple, nor pear, nor in a folder test: plum/1\.jpg"):
        folder(tree(["apple/1.jpg", "pear/1.jpg", "plum/1.jpg"]), classes=["apple", "pear"])


@pytest.mark.parametrize(
    "names", [["apple", "hot dog"], ["3", "7"], ["null", "True"], ["猫", "犬"], ["1e3", "a-b_c d"]]
)
def test_dvc_reads_the_names_as_they_are(names, tmp_path):
    from dvc.utils.hydra import apply_overrides
    from ruamel.yaml import YAML

    assert mistake(names) == ""
    params = tmp_path / "params.yaml"
    params.write_text("data:\n  classes: [cat, dog]\n")
    apply_overrides(params, [setting(names)])
    assert YAML(typ="safe").load(params)["data"]["classes"] == names
