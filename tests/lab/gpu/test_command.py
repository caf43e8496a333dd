"""The command leaves a record of the parts that it was asked for."""

import json
from unittest.mock import Mock

import pytest
import torch
from stages_project import copy_project, run

from lab.gpu.command import main, parts_of
from lab.gpu.page import PARTS
from scratchnet.problems import Problem


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = copy_project(tmp_path_factory.mktemp("project"))
    assert run(made, "python", "-m", "stages.prepare_images").returncode == 0
    return made


@pytest.fixture(autouse=True)
def _cudnn_as_it_was(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", False)


def test_a_part_is_measured_and_another_call_adds_one(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    main(["mine", "--device", "cpu", "--parts", "seeds"])
    assert not torch.backends.cudnn.deterministic
    main(["mine", "--device", "cpu", "--parts", "end_to_end"])
    assert capsys.readouterr().err.splitlines() == ["seeds", "end_to_end"]
    record = json.loads((project / "metrics/reference/gpu/mine.json").read_text())
    assert record["batch_size"] == {"smallest": 8, "largest": 8}
    assert record["data"]["train"] == 24
    assert record["data"]["digest"]
    assert record["seeds"]["resident"]["seeds"] == 2
    assert record["end_to_end"]["resident"]["batch_8"]["seconds"] > 0
    assert record["left_out"] == {}
    assert "## The accuracy of each precision" in (project / "metrics/reference/gpu/mine.md").read_text()


def test_every_part_of_the_page_can_be_measured(monkeypatch):
    monkeypatch.setattr("lab.gpu.trainings.numpy_losses", lambda *_: None)
    bench = Mock()
    assert parts_of(bench, bench, list(PARTS), None).keys() == PARTS.keys()


def test_the_losses_to_compare_with_must_be_there(project, monkeypatch):
    monkeypatch.chdir(project)
    with pytest.raises(Problem, match=r"loss table: python -m stages\.train_numpy_cnn two_conv"):
        main(["mine", "--device", "cpu", "--parts", "parity"])
