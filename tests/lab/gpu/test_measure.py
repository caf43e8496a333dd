"""The whole measurement, tiny and on the CPU: the same code that a GPU would run, but for graphs and TF32."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from source_imports import ROOT
from stages_project import TINY, TINY_LAB

from lab.bench import Bench, or_why_not, repeated
from lab.gpu import speed, trainings
from lab.gpu.goals import bound, goals
from lab.gpu.kernels import kernels
from lab.gpu.kinds import FILES, UPDATE
from lab.gpu.page import page
from lab.gpu.record import earlier, measure
from lab.gpu.trace import traced
from lab.params import load as load_lab
from lab.turns import Deadline
from lab.variants import VARIANTS
from scratchnet.params import load
from scratchnet.prepared import PreparedSplit
from scratchnet.problems import Problem
from scratchnet.training import train

SETTINGS = load(ROOT / "params.yaml")
SCALE = load_lab(ROOT / "lab/params.yaml").gpu.model_copy(update=TINY_LAB["gpu"])
NOT_HERE = ("tf32", "cuda_graph", "cuda_graph_bfloat16", "all")
HERE = [name for name in VARIANTS if name not in NOT_HERE and "inductor" not in name]


HERE_AND_NOW = {
    "machine": {"device": "cpu", "gpu": "none", "cpu": "a CPU", "cores": 2, "versions": {"torch": "2"}},
    "batch_size": {"smallest": 8, "largest": 8},
}


@pytest.fixture
def bench():
    rng = np.random.default_rng(1)
    images, labels = rng.integers(0, 256, (24, 16, 16, 3), dtype=np.uint8), (np.arange(24) % 2).astype(np.uint8)
    split = PreparedSplit(images, labels, [str(i) for i in range(24)], np.full(3, 0.5), np.full(3, 0.3))
    params = SETTINGS.train_numpy_cnn.model_copy(update=TINY["train_numpy_cnn"])
    splits = dict.fromkeys(("train", "val", "test"), split)
    return Bench(torch.device("cpu"), "two_conv", params, splits, Deadline(3600))


def test_float64_is_not_measured(bench):
    with pytest.raises(Problem, match="dtype is float64: set it to float32"):
        bench.changed(dtype="float64")


def test_variants_are_measured_or_say_why_not(bench):
    found = speed.speeds(bench, SCALE, [*HERE, *NOT_HERE])
    for name in HERE:
        entry = found[name]["batch_8"]
        assert entry["images_per_second"] == pytest.approx(8 / (entry["step_ms"] / 1e3))
        assert entry["times_numpy"] > 0
    assert "only NVIDIA's GPUs have TF32" in found["tf32"]["batch_8"]["why_not"]
    assert all("only CUDA has graphs" in found[name]["batch_8"]["why_not"] for name in NOT_HERE[1:])


def test_sweeps_vary_one_axis_at_a_time(bench):
    found = speed.sweeps(bench, SCALE)
    assert list(found) == ["batch_4", "width_4", "pixels_8"]
    for point in found.values():
        ratio = point["resident"]["images_per_second"] / point["numpy"]["images_per_second"]
        assert point["resident"]["times_numpy"] == pytest.approx(ratio)


def test_the_floor_is_what_the_work_takes_at_the_measured_rates(bench, monkeypatch):
    rates = {"float32_gemm_gflops": 1.0, "bfloat16_gemm_gflops": 1e6, "copy_gb_per_second": 1.0, "launch_us": 5.0}
    monkeypatch.setattr(speed, "torch_floor", lambda _: dict(rates))
    found = speed.floors(bench, SCALE)
    slow, quick = found["batch_8_float32"], found["batch_8_bfloat16"]
    assert slow["by_products_ms"] == pytest.approx(1e6 * quick["by_products_ms"])
    assert slow["by_memory_ms"] / 2 < quick["by_memory_ms"] < slow["by_memory_ms"]  # the weights stay float32
    assert slow["images_per_second_at_most"] == pytest.approx(8e3 / slow["by_products_ms"])
    assert quick["images_per_second_at_most"] == pytest.approx(8e3 / quick["by_memory_ms"])


def test_parity_measures_the_distance_from_the_reference(bench, monkeypatch):
    monkeypatch.setattr(trainings, "VARIANTS", dict.fromkeys(["resident", "bfloat16", "cuda_graph"]))
    with bench.learner("resident", bench.splits) as learner:
        reference = train(learner, 24, bench.plan).table()
    found = trainings.parity(bench, reference.assign(val_loss=reference["val_loss"] + 0.25))
    assert found["resident"]["loss_gap"] == pytest.approx(0.25)
    assert found["resident"]["loss_gap_first_epoch"] == pytest.approx(0.25)
    assert found["bfloat16"]["loss_gap"] != found["resident"]["loss_gap"]
    assert "why_not" in found["cuda_graph"]


def test_whole_trainings_are_timed(bench):
    found = trainings.end_to_end(bench, SCALE)
    resident, usual = found["resident"]["batch_8"], found["image_folder"]["batch_8"]
    assert resident["seconds"] >= resident["training_seconds"] > 0
    assert resident["times_image_folder"] == pytest.approx(usual["training_seconds"] / resident["seconds"])
    assert "times_image_folder" not in usual
    reached = trainings.time_to_accuracy(bench, SCALE)
    assert reached["resident"]["epochs"] == reached["numpy"]["epochs"] == 1  # of an accuracy that chance reaches
    never = trainings.time_to_accuracy(bench, SCALE.model_copy(update={"accuracy": 0.999}))
    assert "the best validation accuracy was" in never["resident"]["why_not"]


def test_seeds_give_a_mean_and_a_spread(bench, monkeypatch):
    monkeypatch.setattr(trainings, "PRECISIONS", ("resident", "tf32"))
    found = trainings.seeds(bench, SCALE)
    assert found["resident"].keys() == {"test_accuracy_mean", "test_accuracy_std", "seeds"}
    assert "why_not" in found["tf32"]


def test_seeds_are_compared_one_by_one_as_far_as_time_goes(bench, monkeypatch):
    accuracies = {"resident": [0.8, 0.9, 0.7], "tf32": [0.81, 0.93, 0.7], "bfloat16": [0.8]}

    def accuracy(bench, variant):
        seed = bench.plan.seed
        if variant == "bfloat16" and seed == 2:
            raise Problem("its loss is no number")
        if seed == 3 and variant == "tf32":
            monkeypatch.setattr(type(bench.deadline), "passed", lambda _: True)
            raise Problem("There was no time left.")
        return {"accuracy": accuracies[variant][seed - 1]}

    monkeypatch.setattr(trainings, "_tested", or_why_not(accuracy))
    found = trainings.seeds(bench, SCALE.model_copy(update={"seeds": 5}))
    assert found["resident"]["test_accuracy_mean"] == pytest.approx(0.85)
    assert found["resident"]["seeds"] == found["tf32"]["seeds"] == 2
    assert found["tf32"]["points_from_float32_mean"] == pytest.approx(2)
    assert found["tf32"]["points_from_float32_std"] == pytest.approx(np.sqrt(2))
    assert found["bfloat16"] == {"why_not": "its loss is no number"}


def test_nothing_begins_when_the_time_is_over(bench):
    late = replace(bench, deadline=Deadline(-1))
    assert "no time left" in trainings.end_to_end(late, SCALE)["resident"]["batch_8"]["why_not"]
    assert "no time left" in trainings.time_to_accuracy(late, SCALE)["numpy"]["why_not"]
    assert all("no time left" in entry["why_not"] for entry in speed.sweeps(late, SCALE)["batch_4"].values())
    assert "no time left" in trainings.seeds(late, SCALE)["resident"]["why_not"]


def test_kernels_are_counted_and_drawn(bench, tmp_path):
    found = kernels(bench, SCALE, tmp_path / "timeline.png")
    assert found["resident"]["kernels_a_step"] > 10
    assert 0 < found["resident"]["busy_percent"] <= 100
    assert 0 < found["image_folder"]["opening_and_decoding_files_ms"] < found["image_folder"]["step_ms"]
    assert ("fused_by_inductor_ms" in found["inductor"]) == any(map(shutil.which, ("g++", "clang++", "cl")))
    assert "only CUDA has graphs" in found["cuda_graph"]["why_not"]
    assert (tmp_path / "timeline.png").stat().st_size > 1000


def test_a_trace_has_each_moment_once_and_every_step_its_parts(bench):
    with bench.learner("image_folder", bench.splits) as learner:
        table = traced(lambda: learner.train_epoch(*bench.epoch(24)), bench.device)
    ends = table["start_us"] + table["duration_us"]
    assert (ends <= table["start_us"].shift(-1).fillna(ends.max()) + 1e-3).all()  # none calls another
    assert table["step"].unique().tolist() == [1, 2]  # of three steps of 8, the first is where counting begins
    for _, step in table.groupby("step"):
        assert step["kind"].value_counts()[[FILES, "convolution, forward", "pooling"]].tolist() == [1, 2, 4]
        assert step["kind"].iloc[-1] == UPDATE


def test_pictures_are_repeated_or_tiled(bench):
    split = bench.splits["train"]
    more = repeated(split, 50)
    assert len(more) == len(more.names) == 50
    np.testing.assert_array_equal(more.images[24], split.images[0])
    larger = repeated(replace(split, images=split.images), 30, 20)
    assert larger.images.shape == (30, 20, 20, 3)
    np.testing.assert_array_equal(larger.images[0, 16:, 16:], split.images[0, :4, :4])
    assert repeated(split, 30, 8).images.shape == (30, 8, 8, 3)


def test_what_was_measured_survives_what_fails_and_what_comes_too_late(tmp_path, capsys):
    target = tmp_path / "mine.json"

    def broken():
        raise ValueError("no such kernel")

    failed = measure(
        {"speeds": broken, "parity": lambda: {"resident": {"loss_gap": 0.5}}}, HERE_AND_NOW, target, Deadline(60)
    )
    assert failed == ["speeds"]
    assert "no such kernel" in capsys.readouterr().err
    written, told = json.loads(target.read_text()), target.with_suffix(".md").read_text()
    assert written["parity"] == {"resident": {"loss_gap": 0.5}}
    assert "| resident | 0.5 |" in told
    assert "it failed (ValueError, no such kernel)" in told
    assert "says nothing of a GPU" in told
    assert measure({"speeds": broken}, HERE_AND_NOW, target, Deadline(-1)) == []
    assert "there was no time left" in target.with_suffix(".md").read_text()


def test_a_variant_that_fails_costs_no_other_its_figures(bench, monkeypatch, capsys):
    def broken(*_, **__):
        raise RuntimeError("no such kernel")

    reference = pd.DataFrame({"epoch": [1, 2], "train_loss": [0.5, 0.5], "val_loss": [0.5, 0.5]})
    monkeypatch.setattr(trainings, "VARIANTS", ["bfloat16", "resident"])
    monkeypatch.setattr(torch, "autocast", broken)
    found = trainings.parity(bench, reference)
    assert found["bfloat16"] == {"why_not": "It failed (RuntimeError, no such kernel)."}
    assert "loss_gap" in found["resident"]
    assert bench.failures == ["bfloat16"]
    assert "no such kernel" in capsys.readouterr().err


def test_another_call_adds_its_parts_to_those_of_the_same_machine(tmp_path):
    target = tmp_path / "mine.json"
    about = HERE_AND_NOW | {
        "params": {"train_numpy_cnn": {"epochs": 2, "batch_size": 8}},
        "data": {"train": 24, "val": 8, "test": 8, "digest": "1"},
    }
    assert earlier(target, about) == about
    measure({"speeds": lambda: {"resident": {}}}, about, target, Deadline(60))
    later = about | {"machine": about["machine"] | {"load_at_start": 0.5}}
    measure({"seeds": lambda: {"resident": {}}}, earlier(target, later), target, Deadline(60))
    written = json.loads(target.read_text())
    assert written["speeds"] == written["seeds"] == {"resident": {}}
    assert written["left_out"] == {}
    with pytest.raises(Problem, match=r"mine\.json has figures of another machine and other data: choose another name"):
        earlier(target, about | {"machine": {"device": "cuda"}, "data": {}})


def test_the_goals_are_held_against_what_was_measured():
    steps = {
        "resident": 0.5,
        "cuda_graph": 0.1,
        "all": 0.05,
    }  # milliseconds at batch 16; at batch 2048 eight times that
    speeds = {
        name: {f"batch_{size}": {"step_ms": ms, "images_per_second": 1e3 * size / ms} for size, ms in each}
        for name, each in ((name, [(16, ms), (2048, 8 * ms)]) for name, ms in steps.items())
    }
    floor = {f"batch_{size}_bfloat16": {"by_memory_ms": size / 2e4} for size in (16, 2048)}
    empty = {"machine": {"device": "cuda"}, "batch_size": {"smallest": 16, "largest": 2048}}
    measured = empty | {"speeds": speeds, "floor": floor}
    measured["bound"] = bound(measured)
    assert measured["bound"].keys() == {"all"}
    assert measured["bound"]["all"]["batch_2048"]["percent"] == pytest.approx(100 * 0.1024 / 0.4)
    measured["parity"] = {"resident": {"loss_gap": 0.002}, "tf32": {"loss_gap": 0.5}, "all": {"why_not": "no"}}
    measured["seeds"] = {"bfloat16": {"points_from_float32_mean": -0.4}, "tf32": {"points_from_float32_mean": 0.1}}
    measured["end_to_end"] = {
        "all": {"batch_16": {"times_image_folder": 20.0}},
        "resident": {"batch_16": {"times_image_folder": 30.0}, "batch_2048": {"why_not": "no"}},
    }
    found = goals(measured)
    assert found["images_per_second_batch_2048"]["measured"] == pytest.approx(2048e3 / 0.4)
    assert found.pop("bfloat16_loss_gap") == {"at_most": 0.05, "why_not": "its parts have no figures"}
    assert [goal["met"] for goal in found.values()] == ["yes", "no", "yes", "no", "no", "no", "yes"]
    deciding = ["all", "all", "cuda_graph", "resident, batch_16", "resident", "tf32", "bfloat16"]
    assert [goal["variant"] for goal in found.values()] == deciding
    assert found["float32_loss_gap"]["without"] == "image_folder, channels_last, inductor, cuda_graph"
    assert "without" not in found["points_of_accuracy"]
    here = goals(measured | {"machine": {"device": "cpu"}})
    assert all(goal["why_not"] == "there was no GPU" for goal in list(here.values())[:4])
    assert here["float32_loss_gap"] == found["float32_loss_gap"]
    assert goals(empty)["times_eager_batch_16"]["why_not"] == "its parts have no figures"


def test_no_table_of_the_page_has_more_than_six_columns():
    machine = {"device": "cuda", "gpu": "a GPU", "cpu": "a CPU", "cores": 2, "versions": {"torch": "2"}}
    wide = {f"figure_{number}": float(number) for number in range(7)}
    floor = {"launch_us": 5.0, "batch_8_float32": {"by_memory_ms": 0.5}}
    measured = {"machine": machine, "left_out": {}, "kernels": {"one": wide, "two": {"figure_0": -2.0}}, "floor": floor}
    told = page(measured).splitlines()
    assert max(line.count(" | ") for line in told) < 6
    assert "| one | 0 | 1 | 2 | 3 | 4 |" in told
    assert "| two | −2 | – | – | – | – |" in told
    assert "| one | 5 | 6 |" in told
    assert "| two | – | – |" not in told
    assert "|  | launch_us |" in told
    assert "| batch_8_float32 | 0.5 |" in told


def test_the_page_gathers_equal_reasons():
    machine = {"device": "cuda", "gpu": "a GPU", "cpu": "a CPU", "cores": 2, "versions": {"torch": "2"}}
    speeds = {name: {"batch_8": {"why_not": "no graphs"}} for name in ("one", "two")}
    told = page({"machine": machine, "left_out": {}, "speeds": speeds | {"three": {"batch_8": {"step_ms": 1234.5}}}})
    assert "- one, batch_8, two, batch_8: no graphs" in told
    assert "| three, batch_8 | 1,234 |" in told
    assert "a GPU" in told
    assert "says nothing" not in told
