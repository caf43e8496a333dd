"""The stage prepare_images, in a folder of its own."""

import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from source_imports import ROOT
from stages_project import change_params

from scratchnet.prepared import open_prepared
from scratchnet.problems import run
from scratchnet.records import read_metrics
from stages import prepare_images


@pytest.fixture
def project(tmp_path):
    """params.yaml, and in photos/ ten cats and ten dogs, one of which is a text file; pictures become 16×16."""
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    change_params(tmp_path, {"data": {"source": "folder", "path": "photos", "size": 16}})
    rng = np.random.default_rng(0)
    for kind in ("cat", "dog"):
        folder = tmp_path / "photos" / kind
        folder.mkdir(parents=True)
        for n in range(10):
            Image.fromarray(rng.integers(0, 256, size=(20, 30, 3), dtype=np.uint8)).save(folder / f"{n}.jpg")
    (tmp_path / "photos" / "dog" / "9.jpg").write_text("This is a text file.")
    return tmp_path


def test_photographs_become_arrays_metrics_and_contact_sheets(project):
    command = [sys.executable, "-W", "error", "-m", "stages.prepare_images"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert read_metrics(project / "metrics/prepare_images.json") == {
        "images": {"found": 20, "rejected": 1, "duplicates": 0, "unlabelled": 0, "accepted": 19}
        | {"near_duplicates": 0, "near_duplicates_across_splits": 0},
        "split": {"train": 15, "val": 2, "test": 2},
    }
    timing = read_metrics(project / "metrics/timing/prepare_images/all.json")
    assert timing["images_per_second"] == pytest.approx(20 / timing["decode_seconds"])
    assert timing["device"] == "cpu"
    assert timing["machine"]["cores"] >= 1
    assert len(open_prepared(project / "data/prepared")["train"]) == 15
    assert "dog/9.jpg,not_an_image," in (project / "data/prepared/rejected.csv").read_text()
    for kind in ("cat", "dog"):
        with Image.open(project / f"plots/prepare_images/{kind}.png") as sheet:
            assert sheet.width > 1000


def test_a_missing_path_is_a_sentence_without_a_traceback(project, monkeypatch):
    change_params(project, {"data": {"path": "no/such/photos"}})
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "argv", ["prepare_images"])
    with pytest.raises(SystemExit) as told:
        run(prepare_images.main)
    assert told.value.code == f"There is no {project}/no/such/photos. Name a folder or a zip with photographs."
