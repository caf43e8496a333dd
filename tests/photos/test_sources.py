import pickle
import sys
import types
import urllib.error
import zipfile
from zipfile import ZIP_DEFLATED

import pytest
from cats_and_dogs import folder

from scratchnet.photos import files
from scratchnet.photos.decode import Rejection
from scratchnet.photos.sources import Photograph, drawn, oxford_pets, unlabelled
from scratchnet.problems import Problem

TUTORIAL = ["train/cat/1.jpg", "train/cat/2.jpg", "train/dog/1.jpg", "test/10.jpg", "test/9.jpg"]
KAGGLE = ["train/cat.0.jpg", "train/dog.0.jpg", "train/cat.10.jpg", "train/cat.2.jpg", "test1/1.jpg"]
DAMAGE = b"\0damaged\0"


def told(photographs) -> dict[str, tuple]:
    return {photograph.name: (photograph.label, photograph.split) for photograph in photographs}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (TUTORIAL, [(None, None), (None, None), (0, "train"), (0, "train"), (1, "train")]),
        (KAGGLE, [(None, None), (0, "train"), (0, "train"), (0, "train"), (1, "train")]),
        (["cat.0.jpg", "cat.1.JPG", "dog.0.jpeg"], [(0, None), (0, None), (1, None)]),
        (["Cats (1).jpg", "DOG_2.JPG", "dogs 3.png", "dog4.jpg"], [(0, None), (1, None), (1, None), (1, None)]),
        (["PetImages/Cat/0.jpg", "PetImages/Dog/0.jpg"], [(0, None), (1, None)]),
        (["Cats/a.png", "DOGS/deep/er/b.webp"], [(0, None), (1, None)]),
        (
            ["train/cat/1.jpg", "train/dog/1.jpg", "valid/cats/1.jpg", "validation/dog/1.jpg", "Test/dog/1.jpg"],
            [(1, "test"), (0, "train"), (1, "train"), (0, "val"), (1, "val")],
        ),
        (
            ["Train-Set/cat/1.jpg", "train set/dog/1.jpg", "dev/cat/1.jpg", "test_set/dog/1.jpg"],
            [(0, "train"), (0, "val"), (1, "test"), (1, "train")],
        ),
        (["training_set/cats/dog.1.jpg", "training_set/dogs/cat.1.jpg"], [(0, "train"), (1, "train")]),
        (["cats/dogs/1.jpg", "dogs/cats/1.jpg"], [(1, None), (0, None)]),
    ],
    ids=[
        "tutorial",
        "kaggle",
        "flat",
        "renamed",
        "PetImages",
        "plural",
        "own splits",
        "other names",
        "folder before name",
        "innermost folder",
    ],
)
def test_the_shape_of_a_folder_is_found_out(tree, capsys, names, expected):
    assert list(told(folder(tree(names))).values()) == expected
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "names",
    [
        ["train/cat/1.jpg", "train/dog/1.jpg", "holdout/cat/1.jpg", "holdout/dog/1.jpg"],
        ["cat/train/1.jpg", "dog/train/1.jpg", "cat/hold out/1.jpg", "dog/hold out/1.jpg"],
        ["train/cat.1.jpg", "train/dog.1.jpg", "extra/dog.2.jpg", "extra/cat.2.jpg"],
        ["pets/val/cat/1.jpg", "pets/val/dog/1.jpg", "pets/rest/cat/1.jpg", "pets/rest/dog/1.jpg"],
    ],
)
def test_a_split_beside_train_whose_name_is_not_known_is_asked_for(tree, names):
    with pytest.raises(Problem, match=r"others in .*(holdout|hold out|extra|rest).* Are those a split of their own"):
        folder(tree(names))


def test_folders_that_may_be_a_split_of_the_readers_own_are_told_before_they_are_mixed(tree, capsys):
    names = [f"fold {k}/{kind}/1.jpg" for k in range(4) for kind in ("cat", "dog")]
    assert {photograph.split for photograph in folder(tree(names))} == {None}
    assert "both kinds in 4 folders (fold 0, fold 1, fold 2, …). They are mixed" in capsys.readouterr().err


@pytest.mark.parametrize("val", [[], ["val/dog/3.jpg", "val/cat/3.jpg"]])
def test_breeds_and_what_lies_above_a_split_are_no_split(tree, capsys, val):
    found = folder(tree(["cat/1.jpg", "cat/Siamese/1.jpg", "dog/poodle/1.jpg", "dog/pug/2.jpg", *val]))
    assert [photograph.split for photograph in found].count("val") == len(val)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("cats", "dogs"), [("cat.zip", "dog.zip"), ("Cats.ZIP", "DOGS.zip"), ("val/cat.zip", "dogs.zip")]
)
def test_a_zip_counts_as_the_folder_of_a_class(tmp_path, jpeg, zipped, cats, dogs):
    zips = {
        name: zipped(tmp_path / "pets" / name, {f"IMG_{n}.jpg": jpeg(n + 10 * label) for n in range(3)})
        for label, name in enumerate((cats, dogs))
    }
    zipped(tmp_path / "all.zip", zips)
    for path in (tmp_path / "pets", tmp_path / "all.zip"):
        found = folder(path)
        assert sorted(photograph.label for photograph in found) == [0, 0, 0, 1, 1, 1]
        assert all(photograph.read() == jpeg(int(photograph.name[-5]) + 10 * photograph.label) for photograph in found)
        assert {photograph.split for photograph in found} <= {None, "val"}


def test_names_are_sorted_as_people_count_and_not_as_the_disk_has_them(tree):
    assert list(told(folder(tree(KAGGLE)))) == sorted(KAGGLE, key=files.natural)
    assert [name for name in sorted(KAGGLE, key=files.natural) if "cat" in name] == [
        "train/cat.0.jpg",
        "train/cat.2.jpg",
        "train/cat.10.jpg",
    ]


def test_a_number_in_a_name_may_be_as_long_as_it_likes():
    names = ["cat.0.jpg", "cat.007.jpg", "cat.8.jpg", f"cat.{'9' * 5000}.jpg", f"cat.1{'0' * 5000}.jpg", "cat.٣.jpg"]
    shuffled = [names[n] for n in (3, 0, 5, 4, 2, 1)]
    assert sorted(shuffled, key=files.natural) == names


def test_petimages_as_downloaded(tree, jpeg, tmp_path, zipped):
    names = ["PetImages/Cat/0.jpg", "PetImages/Cat/666.jpg", "PetImages/Dog/0.jpg", "PetImages/Dog/11702.jpg"]
    junk = ["PetImages/Cat/Thumbs.db", "__MACOSX/PetImages/Cat/._0.jpg", "PetImages/Dog/.DS_Store", "readme[1].txt"]
    members = {name: jpeg(seed) for seed, name in enumerate(names)} | dict.fromkeys(junk, b"junk")
    members["PetImages/Cat/666.jpg"] = members["PetImages/Dog/11702.jpg"] = b""
    zipped(tmp_path / "pets.zip", members, ZIP_DEFLATED)
    from_zip, from_folder = folder(tmp_path / "pets.zip"), folder(tree(members, **members))
    assert told(from_zip) == told(from_folder)
    assert list(told(from_zip)) == names
    assert [photograph.read() for photograph in from_zip] == [members[name] for name in names]


ODD = ("img_1", "a.jpg_large", "b.jpg?w=300", "c.jpeg.1", "d.JPG ", "e.jp2", "f.jxl", "g.ppm", "h.dng", "i.txt")


@pytest.mark.parametrize("packed", [False, True])
def test_every_file_of_a_class_folder_is_counted_whatever_its_name(tree, tmp_path, zipped, packed):
    members = [f"{kind}/{name}" for kind in ("cat", "dog") for name in (*ODD, "1.jpg")]
    root = tree([*members, "cat/Thumbs.db", "dog/desktop.ini", "notes.txt"], **{"cat/i.txt": b"", "notes.txt": b"text"})
    if packed:
        zipped(tmp_path / "pets.zip", {name: (root / name).read_bytes() for name in (*members, "notes.txt")})
        root = tmp_path / "pets.zip"
    found = folder(root)
    assert {photograph.name for photograph in found} == set(members)
    assert [photograph.name for photograph in found if isinstance(photograph.decode(16), Rejection)] == ["cat/i.txt"]


def test_elsewhere_a_picture_is_known_by_how_it_begins(tree):
    others = {"1.wav": b"RIFF\x24\0\0\0WAVEfmt ", "BMW": b"BMW is no bitmap", "list.csv": b"id,label\n"}
    root = tree(["train/cat.0", "train/dog.0", "test1/1", "test1/2.jpg_large", *others], **others)
    assert told(folder(root)) == {
        "test1/1": (None, None),
        "test1/2.jpg_large": (None, None),
        "train/cat.0": (0, "train"),
        "train/dog.0": (1, "train"),
    }
    assert len(unlabelled([root])) == 4


def test_what_cannot_be_read_is_a_rejection_in_one_sentence():
    for message in ("It is gone", "It is gone."):

        def read(message=message):
            raise OSError(message)

        assert Photograph("1.jpg", read).decode(16) == Rejection("unreadable", "It is gone.")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["train/cat/1.jpg", "train/dog/Thumbs.db"], "no dog"),
        (["dog.0.jpg", "dog.1.jpg"], "no cat"),
        (["1.jpg", "2.jpg"], "Nothing in"),
        (["notes.txt"], "Nothing in"),
        (["cat/1.jpg", "dog/1.jpg", "bird/1.jpg"], "neither cat, nor dog"),
        (["originals/cat/1.jpg", "originals/dog/1.jpg", "cat.0.jpg", "dog.0.jpg"], "two data sets"),
    ],
)
def test_folders_that_do_not_say_what_is_what(tree, names, words):
    root = tree(names)
    with pytest.raises(Problem, match=words) as caught:
        folder(root)
    assert str(root) in str(caught.value)


def test_pictures_to_predict_come_in_any_shape(tree, jpeg, tmp_path, zipped):
    root = tree(["a/1.jpg", "bird.png"])
    zipped(tmp_path / "more.zip", {"x/2.jpg": jpeg(5)})
    found = unlabelled([root, tmp_path / "more.zip", root / "bird.png"])
    assert [photograph.name for photograph in found] == [
        f"{root}/a/1.jpg",
        f"{root}/bird.png",
        f"{tmp_path}/more.zip/x/2.jpg",
        f"{root}/bird.png",
    ]
    assert {(photograph.label, photograph.split) for photograph in found} == {(None, None)}
    assert found[2].read() == jpeg(5)
    with pytest.raises(Problem, match="There is no"):
        unlabelled([tmp_path / "missing.jpg"])


def test_drawings_alternate_and_repeat():
    photographs = pickle.loads(pickle.dumps(drawn({"train": 2, "val": 1}, seed=3)))
    assert told(photographs) == {
        "train/cat.0.jpg": (0, "train"),
        "train/dog.1.jpg": (1, "train"),
        "val/cat.0.jpg": (0, "val"),
    }
    assert len({photograph.read() for photograph in photographs}) == 3
    assert drawn({"train": 1}, seed=3)[0].read() == photographs[0].read()
    assert drawn({"train": 1}, seed=4)[0].read() != photographs[0].read()


def fake_torchvision(monkeypatch, download) -> None:
    """Importing torchvision takes seconds; here only how it is called matters."""
    datasets = types.ModuleType("torchvision.datasets")
    datasets.OxfordIIITPet = download
    monkeypatch.setitem(sys.modules, "torchvision.datasets", datasets)


def test_oxford_pets_are_downloaded_once_and_read_by_species(tmp_path, monkeypatch, jpeg):
    def download(root, target_types, download):
        assert (target_types, download) == ("binary-category", True)
        pets = tmp_path.joinpath(root, "oxford-iiit-pet")
        for folder_name in ("images", "annotations"):
            (pets / folder_name).mkdir(parents=True)
        (pets / "images.tar.gz").write_bytes(b"large")
        (pets / "annotations" / "trainval.txt").write_text("Abyssinian_1 1 1 1\nbeagle_2 5 2 1\n")
        (pets / "annotations" / "test.txt").write_text("beagle_3 5 2 1\n")
        (pets / "images" / "beagle_2.jpg").write_bytes(jpeg(0))

    fake_torchvision(monkeypatch, download)
    found = oxford_pets(tmp_path / "pets")
    assert told(found) == {
        "Abyssinian_1.jpg": (0, "train"),
        "beagle_2.jpg": (1, "train"),
        "beagle_3.jpg": (1, "test"),
    }
    assert found[1].read() == jpeg(0)
    assert [path.name for path in (tmp_path / "pets").iterdir()] == ["oxford-iiit-pet"]
    assert not list((tmp_path / "pets").rglob("*.tar.gz"))
    fake_torchvision(monkeypatch, None)  # not called again
    assert told(oxford_pets(tmp_path / "pets")) == told(found)


def test_pets_that_cannot_be_reached_name_the_other_sources_and_leave_nothing(tmp_path, monkeypatch):
    def half_a_download(root, **_):
        tmp_path.joinpath(root, "oxford-iiit-pet", "images").mkdir(parents=True)
        raise urllib.error.URLError("no network")

    fake_torchvision(monkeypatch, half_a_download)
    with pytest.raises(Problem, match=r"(?s)no network.*data.source=drawn.*data.source=folder"):
        oxford_pets(tmp_path / "pets")
    assert list((tmp_path / "pets").iterdir()) == []


def test_real_photographs_in_their_shapes(shared):
    originals = folder(shared / "originals")
    assert [[photograph.label for photograph in originals].count(label) for label in (0, 1, None)] == [250, 250, 100]
    train = folder(shared / "train.zip")
    assert [[photograph.label for photograph in train].count(label) for label in (0, 1)] == [8000, 8000]
    with zipfile.ZipFile(shared / "train.zip") as archive:
        for photograph in train[::4000]:
            assert photograph.read() == archive.read(photograph.name)
    with pytest.raises(Problem, match="Nothing in"):
        folder(shared / "test1.zip")
    assert len(unlabelled([shared / "test1.zip"])) == 500


ARCHIVES = {
    "cat/more.rar": "an archive of another kind than zip",
    "dogs.tar.gz": "an archive of another kind than zip",
    "dog/b.7z": "an archive of another kind than zip",
    "train.zip.001": "a part of an archive",
    "train.z01": "a part of an archive",
    "cat/a.part2.rar": "a part of an archive",
    "cat/3.jpg.part": "a download that has not ended",
    "photos.zip.crdownload": "a download that has not ended",
}


@pytest.mark.parametrize("name", ARCHIVES)
@pytest.mark.parametrize("zip_it", [False, True])
def test_an_archive_that_is_not_read_is_listed_with_the_reason(tree, tmp_path, zipped, name, zip_it):
    path = tree(["cat/1.jpg", "dog/1.jpg", name])
    if zip_it:
        zipped(tmp_path / "all.zip", {f"{at.relative_to(path)}": at.read_bytes() for at in path.rglob("*.*")})
        path = tmp_path / "all.zip"
    (listed,) = [photograph for photograph in folder(path) if photograph.name == name]
    assert listed.decode(8).reason == "unreadable"
    assert ARCHIVES[name] in listed.decode(8).detail


@pytest.mark.parametrize("name", ["dogs.tar.gz", "train.zip.001", "photos.zip.crdownload"])
def test_where_the_pictures_are_in_an_archive_that_is_not_read_it_is_named(tree, name):
    with pytest.raises(Problem, match=f"too few pictures, but holds {name}. It is {ARCHIVES[name]}"):
        folder(tree(["cat/1.jpg", name]))


def test_the_last_part_of_a_zip_in_parts_names_the_first(tmp_path, zipped, jpeg):
    last = tmp_path / "train.zip"
    data = zipped(last, {f"{kind}/{k}.jpg": jpeg(k) for kind in ("cat", "dog") for k in range(9)})
    (tmp_path / "train.z01").write_bytes(data[: len(data) // 2])
    last.write_bytes(data[len(data) // 2 :])
    for path, first in ((last, "begins with train.z01"), (tmp_path / "train.z01", "a part of an archive")):
        with pytest.raises(Problem, match=first):
            folder(path)
