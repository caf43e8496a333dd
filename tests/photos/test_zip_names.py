"""Names in zips: in which code, with which separators, relative, and none of them lost."""


import pytest

from scratchnet.photos.sources import folder

SECOND_HALF = {"cp932": "表ソ能十申構", "gbk": "誠乗", "big5": "功蓋許"}  # their last byte is that of a backslash


@pytest.mark.parametrize("code", SECOND_HALF)
@pytest.mark.parametrize("shape", ["{kind}/{stem}.jpg", "{kind}\\{stem}.jpg", "{kind}/{stem}"])
def test_no_picture_with_a_byte_like_a_backslash_in_its_name_is_lost(tmp_path, jpeg, zipped_raw, code, shape):
    stems = [stem for stem in "一二三四五六" + SECOND_HALF[code] if stem.encode(code)]
    names = [shape.format(kind=kind, stem=stem) for kind in ("cat", "dog") for stem in stems]
    zipped_raw(tmp_path / "east.zip", {name.encode(code): jpeg(seed) for seed, name in enumerate(names)})
    found = folder(tmp_path / "east.zip")
    assert sorted(photograph.read() for photograph in found) == sorted(map(jpeg, range(len(names))))
    assert [photograph.label for photograph in found] == [0] * len(stems) + [1] * len(stems)
    if code != "big5":
        assert {photograph.name for photograph in found} == {name.replace("\\", "/") for name in names}


def test_no_picture_is_lost_whose_code_cannot_be_told(tmp_path, jpeg, zipped_raw):
    names = ["cat/b表.jpg", "cat/c.jpg", "dog/x表y.jpg", "dog/申.jpg", "dog/ｱ表.jpg"]
    zipped_raw(tmp_path / "mixed.zip", {name.encode("cp932"): jpeg(seed) for seed, name in enumerate(names)})
    assert [photograph.label for photograph in folder(tmp_path / "mixed.zip")] == [0, 0, 1, 1, 1]
