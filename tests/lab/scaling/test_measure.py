"""The measurement of several processes, tiny: two of them over gloo, and one alone."""

import json
import shutil

import numpy as np
import pytest
import torch
from stages_project import TINY_LAB, change_params, copy_project, run

from lab.params import load
from lab.scaling import command
from lab.scaling import reading as module
from lab.scaling.estimate import shares
from lab.scaling.measure import Measurement, Meeting, link_of
from lab.scaling.reading import reading
from lab.turns import Arm
from scratchnet import problems
from scratchnet.problems import Problem
from scratchnet.torch_nn.distributed import ALONE, Ranks

TORCHRUN = ("python", "-m", "torch.distributed.run", "--standalone")
SCRIPT = ("-m", "lab", "scaling")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = copy_project(tmp_path_factory.mktemp("project"))
    assert run(made, "python", "-m", "stages.prepare_images").returncode == 0
    return made


def measured(project, name, *start):
    done = run(project, *start, *SCRIPT, name, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    return json.loads((project / f"metrics/reference/scaling/{name}.json").read_text()), done.stdout


def test_two_processes_measure_all_that_the_estimate_needs(project):
    found, told = measured(project, "two", *TORCHRUN, "--nproc-per-node=2")
    assert found["machine"]["processes"] == 2
    assert found["machine"]["machines"] == 1
    batches = [f"pictures_{size}" for size in TINY_LAB["scaling"]["batch_size"]]
    assert list(found["step"]["alone"]) == list(found["step"]["together"]) == batches
    assert list(found["step"]["busy"]) == [f"pictures_{size}" for size in shares([4, 8], 2)]
    # two_conv of 16×16 pictures with 4 hidden units: 448 + 4,640 + 2,052 + 5 weights
    assert list(found["all_reduce"]["gradients"]) == ["bytes_28580"]
    assert list(found["all_reduce"]["swept"]) == ["bytes_4096", "bytes_262144"]
    steps = [entry for kind in found["step"].values() for entry in kind.values()]
    assert min(entry["step_ms"] for entry in steps) > 0
    assert ("link" in found) != ("link_why_not" in found)  # so small all-reduces may all take the same time
    assert found["reading"]["warm"]["pictures_per_second"] > 0
    assert told.count("| 8 | 2 |") == told.count("| 8 | 8 |") == 1
    assert not list((project / "data").glob(".prepared.*"))


def test_what_no_link_explains_costs_no_measurement():
    assert "no longer the more bytes" in link_of({1000: 2.0, 2000: 1.0}, 2)["link_why_not"]
    assert link_of({1000: 1.0, 2000: 2.0}, 2)["link"]["gb_per_second"] == pytest.approx(1e-6)


def test_one_process_alone_takes_the_assumed_link(project):
    found, told = measured(project, "one", "python")
    assert "link" not in found
    assert "together" not in found["step"]
    assert r"\* |" in told


@pytest.fixture
def refused(project, monkeypatch):
    """What the script says, in this process, of a project that it cannot measure."""

    def call(*arguments):
        monkeypatch.chdir(project)
        with pytest.raises(SystemExit) as ended:
            problems.run(lambda: command.main(["mine", *arguments]))
        return ended.value.code

    return call


def test_a_batch_with_less_than_a_picture_for_each_is_refused(refused, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "5")
    told = refused("--device", "cpu")
    assert told.startswith("5 processes cannot share a batch of 4: ")
    assert "the smallest of scaling.batch_size" in told


def test_an_unknown_device_is_refused(refused, capsys):
    assert refused("--device", "tpu") == 2
    assert "invalid choice: 'tpu'" in capsys.readouterr().err


def test_a_gpu_is_not_measured_where_there_is_none(refused, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert "finds no CUDA device here" in refused()


def test_a_file_without_a_batch_is_refused(project, tmp_path):
    shutil.copy(project / "lab/params.yaml", tmp_path)
    change_params(tmp_path, {"scaling": {"pictures": 7}})
    with pytest.raises(Problem, match=r"scaling\.pictures: 7 pictures are fewer than the largest batch, 8"):
        load(tmp_path / "params.yaml")


def test_what_is_measured_are_the_fastest_algorithms(refused, monkeypatch):
    settings = torch.backends.cudnn
    monkeypatch.setattr(settings, "deterministic", True)
    monkeypatch.setattr(settings, "benchmark", False)

    def told(*_):
        raise Problem(f"deterministic {settings.deterministic}, benchmark {settings.benchmark}")

    monkeypatch.setattr(Measurement, "figures", told)
    assert refused("--device", "cpu") == "deterministic False, benchmark True"


class Told(Ranks):
    """Two processes, of which this is the one of `rank`; the other always says the same."""

    def everyones(self, value):
        return [value, np.array([3.0, 1.0])] if isinstance(value, np.ndarray) else [value, value]


def test_a_step_takes_as_long_as_the_slowest_needs(monkeypatch):
    monkeypatch.setattr(Arm, "turn", lambda *_: np.array([2.0, 4.0]))
    arm = Arm(lambda: None)
    assert Meeting(arm, Told(0, 2, 0), steps=2).turn(2, 0).tolist() == [1.5, 2.0]
    assert Meeting(arm, Told(1, 2, 1), alone=True).turn(2, 0).tolist() == [3.0, 1.0]


@pytest.fixture
def pictures(tmp_path):
    np.save(tmp_path / "images.npy", np.ones((600, 16, 16, 3), dtype=np.uint8))
    return tmp_path / "images.npy"


def test_reading_is_warm_or_it_comes_from_the_disk(pictures):
    found = reading(pictures, ALONE, machines=1, rounds=2, rng=np.random.default_rng(1))
    assert found["warm"]["pictures_per_second"] > 0
    assert ("cold" in found) != ("cold_why_not" in found)


def test_what_stayed_in_memory_is_not_called_cold(pictures, monkeypatch):
    monkeypatch.setattr(module, "_drop", lambda _: None)
    found = reading(pictures, ALONE, machines=1, rounds=2, rng=np.random.default_rng(1))
    assert found["cold_why_not"] == "only 0% of the file came from the disk"
    assert "cold" not in found


def test_the_rate_is_that_of_a_machine(pictures, monkeypatch):
    monkeypatch.setattr(module, "_round", lambda *_: (600.0, 1.0))
    found = reading(pictures, ALONE, machines=2, rounds=3, rng=np.random.default_rng(1))
    assert found["warm"] == found["cold"] == {"pictures_per_second": 300.0, "pictures_per_second_iqr": 0.0}
