import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cats_and_dogs import folder
from PIL import Image
from source_imports import ROOT
from stages_project import change_params

from scratchnet.audit import doubts as module
from scratchnet.audit.collection import UNKNOWN, of_photographs
from scratchnet.audit.command import main
from scratchnet.audit.doubts import doubts, folds
from scratchnet.audit.odd import oddities
from scratchnet.names import CLASSES
from scratchnet.params import Data
from scratchnet.photos.decode import Header
from scratchnet.photos.near import near_groups
from scratchnet.photos.prepare import write_prepared
from scratchnet.prepared import from_cell
from scratchnet.problems import Problem
from scratchnet.records import read_metrics


@pytest.fixture
def project(tmp_path, encoded, monkeypatch) -> Path:
    """params.yaml of small pictures and a short training, and in pets/ 24 cats and 24 dogs, some of them spoilt.

    cat/3.png is a dog. cat/4.png and dog/5.png look the same. dog/6.png has the pixels of dog/7.png.
    """
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    change_params(tmp_path, {"data": {"size": 16}, "train_numpy_cnn": {"hidden": 8, "batch_size": 8, "warmup": 0.5}})
    files = {
        f"{kind}/{n}.png": encoded(100 * label + n, label) for label, kind in enumerate(CLASSES) for n in range(24)
    }
    files["cat/3.png"] = encoded(3, 1)
    files["dog/5.png"] = encoded(4, 0, format="JPEG", quality=95)
    files["dog/6.png"] = encoded(107, 1, format="BMP")
    files["cat/8.png"] = encoded(8, 0, lambda image: image.resize((400, 60)))
    files["cat/=9.png"] = encoded(50, 0, lambda image: image.convert("CMYK"), format="JPEG")
    files["dog/bad.jpg"] = b"<html>"
    for name, data in files.items():
        (tmp_path / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pets" / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("scratchnet.audit.command.cores", lambda: 1)
    return tmp_path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [{key: from_cell(value) for key, value in row.items()} for row in csv.DictReader(file)]


@pytest.mark.usefixtures("project")
def test_an_audit_finds_what_was_spoilt_and_writes_no_picture(capsys):
    main(["pets", "--folds", "3", "--epochs", "6", "--out", "found"])
    assert sorted(path.name for path in Path("found").iterdir()) == [
        "copies.csv",
        "doubted_labels.csv",
        "odd_files.csv",
        "summary.json",
    ]
    copies = table(Path("found/copies.csv"))
    assert [(row["group"], row["name"], row["label"], row["same_pixels"]) for row in copies] == [
        ("cat/4.png", "cat/4.png", "cat", "no"),
        ("cat/4.png", "dog/5.png", "dog", "no"),
        ("dog/6.png", "dog/6.png", "dog", "no"),
        ("dog/6.png", "dog/7.png", "dog", "yes"),
    ]
    odd = {(row["name"], row["oddity"]) for row in table(Path("found/odd_files.csv"))}
    assert odd == {
        ("cat/8.png", "long"),
        ("cat/=9.png", "mode"),
        ("cat/=9.png", "suffix"),
        ("dog/5.png", "suffix"),
        ("dog/6.png", "suffix"),
        ("dog/bad.jpg", "not_an_image"),
    }
    doubted = table(Path("found/doubted_labels.csv"))
    assert {"cat/3.png", "dog/5.png"} & {row["name"] for row in doubted[:2]}
    assert [len(row["hash"]) for row in doubted] == [64] * len(doubted)
    numbers = read_metrics("found/summary.json")
    assert numbers["copies"] == {
        "same_pixels": 1,
        "near_duplicates": 4,
        "groups": 2,
        "across_splits": 0,
        "with_another_label": 2,
    }
    assert numbers["files"]["odd"] == {"long": 1, "mode": 1, "not_an_image": 1, "suffix": 3}
    assert numbers["labels"]["asked"] == numbers["files"]["pictures"] == 49
    assert numbers["labels"]["doubted"]["all"] == len(doubted)
    printed = capsys.readouterr()
    assert "copies.near_duplicates" in printed.out
    assert "Training takes about 1 min on this machine. Ctrl-C ends it." in printed.err


def test_by_default_the_prepared_pictures_are_looked_at_and_their_splits_are_told(project):
    data = {
        "source": "folder",
        "classes": list(CLASSES),
        "path": "x",
        "download": "x",
        "max_file_mib": 1,
        "max_rejected_fraction": 0.5,
    }
    data |= {"size": 16, "seed": 1, "limit": 0, "drawn": {"train": 2, "val": 2, "test": 2}}
    data |= {"test_fraction": 0.2, "val_fraction": 0.2}
    copies = {"cat/4.png": "test/cat/4.png", "dog/10.png": "test/dog/4.png", "dog/9.png": "test/1.png"}
    for old, new in copies.items():
        (project / "pets" / new).parent.mkdir(parents=True, exist_ok=True)
        with Image.open(project / "pets" / old) as picture:
            picture.save(project / "pets" / new, "JPEG")
    write_prepared(folder(project / "pets"), "data/prepared", Data.model_validate(data), workers=1)
    main(["--folds", "0"])
    numbers = read_metrics("report/audit/summary.json")
    assert "labels" not in numbers
    assert numbers["files"] == {"pictures": 51, "odd": {"duplicate": 1, "not_an_image": 1}}
    splits = {row["name"]: row["split"] for row in table(Path("report/audit/copies.csv"))}
    assert splits["test/cat/4.png"] == "test"
    assert splits["cat/4.png"] == "train"
    assert splits["test/1.png"] == "unlabelled"
    assert numbers["copies"]["across_splits"] == 7


@pytest.mark.usefixtures("project")
def test_a_sheet_is_written_where_git_does_not_look_and_nowhere_else():
    subprocess.check_call(["git", "init", "-q"])
    with pytest.raises(Problem, match="photographs do not belong there"):
        main(["pets", "--folds", "0", "--out", "docs", "--sheet"])
    assert not Path("docs").exists()
    Path(".gitignore").write_text("/report/\n")
    main(["pets", "--folds", "0", "--sheet"])
    with Image.open("report/audit/copies.png") as sheet:
        assert sheet.width > 1000


@pytest.mark.usefixtures("project")
def test_what_was_written_before_a_stop_stays_and_nothing_else(monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "warm_up", stopped)
    with pytest.raises(KeyboardInterrupt):
        main(["pets", "--out", "found"])
    assert sorted(path.name for path in Path("found").iterdir()) == ["copies.csv", "odd_files.csv"]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("arguments", [["--folds", "1"], ["--folds", "-1"], ["--epochs", "0"], ["no/such/pets"]])
def test_a_mistake_is_a_sentence(arguments):
    with pytest.raises(Problem, match=r"--folds has to be 2 or more|There is no .*/no/such/pets"):
        main(arguments)


def test_help_says_what_it_does():
    done = subprocess.run(
        [sys.executable, "-m", "scratchnet", "audit", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "report/audit, which git ignores" in done.stdout


def test_no_fold_has_a_near_duplicate_in_another_and_every_class_is_divided_alike():
    labels = np.array([0, 1, UNKNOWN] * 40, dtype=np.uint8)
    groups = np.arange(120)
    groups[[30, 61, 92]] = [30, 30, 30]  # a cat, a dog and a picture without a label
    fold = folds(groups, labels, 4, seed=1)
    assert (fold[labels == UNKNOWN] == -1).all()
    assert fold[30] == fold[61]
    for label in (0, 1):
        counts = np.bincount(fold[labels == label], minlength=4)
        assert counts.min() >= 9
        assert counts.sum() == 40


def test_a_label_is_doubted_where_the_other_is_as_probable_as_it_usually_is():
    labels = np.array([0, 0, 0, 1, 1, 1], dtype=np.uint8)
    dog = np.array([0.1, 0.2, 0.75, 0.9, 0.45, 0.6])
    found = doubts(dog, labels)
    assert found.thresholds == pytest.approx([0.65, 0.65])
    assert found.given == pytest.approx([0.9, 0.8, 0.25, 0.9, 0.45, 0.6])
    assert found.doubted.tolist() == [False, False, True, False, False, False]
    assert found.right == pytest.approx(4 / 6)


@pytest.mark.usefixtures("project")
def test_a_fold_is_asked_only_by_the_network_that_has_not_seen_it(monkeypatch):
    seen = []

    class Learner:
        def __init__(self, _, splits, *__):
            self.splits = splits
            seen.append([set(splits[name].rows.tolist()) for name in ("train", "test")])

        def train_epoch(self, *_):
            return 0.0

        def train_steps(self, *_):
            return []

        def outputs(self, split):
            return np.zeros((len(self.splits[split]), 1))

        def state(self):
            return {}

        def load_state(self, _): ...

        batch_size = 8

    monkeypatch.setattr(module, "make_learner", Learner)
    main(["pets", "--folds", "3", "--epochs", "2", "--out", "found"])
    assert len(seen) == 3
    assert all(not train & test and len(train | test) == 49 for train, test in seen)
    assert set.union(*(test for _, test in seen)) == set(range(49))


PLAIN = Header("JPEG", "RGB", 300, 200, 1, 1)


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ({}, []),
        ({"width": 601}, ["long"]),
        ({"width": 600}, []),
        ({"height": 63}, ["small", "long"]),
        ({"mode": "CMYK"}, ["mode"]),
        ({"frames": 2}, ["frames"]),
        ({"orientation": 6}, ["turned"]),
        ({"format": "PNG"}, ["suffix"]),
    ],
)
def test_each_oddity_is_told(change, kinds):
    header = Header(**{**PLAIN.__dict__, **change})
    assert [kind for kind, _ in oddities("cat/1.JPG", header, 64)] == kinds
    assert oddities("cat/1.JPG", None, 64) == []


def test_real_photographs_have_the_near_duplicates_that_were_looked_at(tmp_path):
    shared = ROOT.parent / "shared" / "dogs-vs-cats"
    if not shared.exists():
        pytest.skip(f"no real photographs: {shared} does not exist")
    known = {"cat.2565", "cat.3565", "dog.74", "dog.180", "cat.6143", "cat.6204", "dog.980", "dog.1273"}
    photographs = folder(shared / "train.zip")
    chosen = [photo for n, photo in enumerate(photographs) if n % 80 == 0 or Path(photo.name).stem in known]
    collection = of_photographs(chosen, CLASSES, 64, tmp_path / "all.npy", workers=1)
    groups = near_groups(collection.bits)
    found = {Path(collection.names[n]).stem for n in range(len(collection)) if (groups == groups[n]).sum() > 1}
    assert found == known
