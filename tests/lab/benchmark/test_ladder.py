"""The ladder is climbed by all workers in turns; who cannot work here is told, and who fails is not swallowed."""

import numpy as np
import pytest

from lab.benchmark import ladder
from lab.benchmark.ladder import climb, crew
from lab.benchmark.rungs import KEEPING, RUNGS
from lab.benchmark.sweep import sweep
from lab.params import Benchmark
from lab.setting import Setting
from scratchnet.problems import Problem

SWEEP = {"rounds": 2, "turn_seconds": 0.01, "batch_size": [2, 8], "width": [2], "size": [8, 32]}
SCALE = {"batch_size": 4, "size": 16, "hidden": 3, "width": 2}
PARAMS = Benchmark(seed=1, **SCALE, rounds=4, turn_seconds=0.03, compile=True, sweep=SWEEP)
SETTING = Setting("one_conv", **SCALE, seed=1)
STEPS = {  # milliseconds
    "loops": 50.0, "clear": 9.0, "fast_1_thread": 4.0, "fast": 2.0, "pytorch_nchw": 6.0, "pytorch_channels_last": 5.0,
    "pytorch_nchw_keeping": 4.0, "pytorch_channels_last_keeping": 4.5, "pytorch_compile": 3.0,
}  # fmt: skip


class Told:
    """A worker that answers without a process: every step takes the same time, larger batches take longer."""

    def __init__(self, name, problem=None):
        self.name, self.problem, self.turns, self.settings = name, problem, [], []

    def ask(self, question, *arguments):
        return getattr(self, question)(*arguments)

    def build(self, setting, pictures, optimizer):
        if self.problem:
            raise self.problem
        assert pictures.shape[1:] == (setting.size, setting.size, 3)
        self.settings.append((setting, optimizer))
        self.seconds = STEPS[self.name] / 1000 * setting.batch_size / 4
        return {"build_seconds": 1.0, "step_seconds": self.seconds}

    def turn(self, steps, warm_up):
        self.turns.append((steps, warm_up))
        return np.full(steps, self.seconds)

    def used(self):
        return {"cores_busy": 1.0, "peak_mib": 10.0}

    def gradient_error(self):
        return 1e-7

    def about(self):
        return {"threads": 2, "blas": "MKL", "gpu": "none"}

    def profile(self):
        return {"products": 0.7, "the rest": 0.3}

    def limits(self):
        return {"gemm_gflops": 100.0, "copy_gb_per_second": 10.0}


@pytest.fixture
def workers():
    return {name: Told(name) for name in STEPS}


def test_every_rung_has_the_environment_that_it_asks_for(monkeypatch):
    environments = {}

    class Hired(Told):
        def __init__(self, name, environment):
            super().__init__(name)
            environments[name] = environment

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(ladder, "Worker", Hired)
    with crew(compiling=False) as (workers, absent):
        assert workers.keys() == environments.keys() == RUNGS.keys() - absent.keys()
    assert "MALLOC_TRIM_THRESHOLD_" not in environments["pytorch_nchw"]
    assert KEEPING.items() <= environments["pytorch_nchw_keeping"].items()


def test_each_rung_has_a_turn_in_every_round(workers):
    found = climb(workers, {"cuda_tf32": "no GPU"}, SETTING, PARAMS)
    assert found.seconds.keys() == STEPS.keys()
    assert found.adam_seconds.keys() == {"fast", "pytorch_nchw", "pytorch_channels_last"}
    assert found.absent == {"cuda_tf32": "no GPU"}
    np.testing.assert_allclose(found.seconds["clear"], np.full(4, 0.009))
    assert workers["clear"].turns == [(3, 1)] * 4
    assert [optimizer for _, optimizer in workers["fast"].settings] == ["sgd", "adam"]


def test_loops_do_a_part_and_their_time_is_scaled(workers):
    found = climb(workers, {}, SETTING, PARAMS)
    ((part, _),) = workers["loops"].settings
    assert (part.batch_size, part.size) == (1, 8)
    assert found.seconds["loops"][0] == pytest.approx(0.05 / 4 * 4 * 16**2 / 8**2, rel=0.01)


def test_a_rung_that_needs_what_is_not_here_is_absent_with_its_reason(workers):
    workers["pytorch_compile"].problem = Problem("there is no compiler")
    found = climb(workers, {}, SETTING, PARAMS)
    assert found.absent == {"pytorch_compile": "there is no compiler"}
    assert "pytorch_compile" not in found.seconds


@pytest.mark.parametrize(("name", "error"), [("fast", Problem("killed")), ("pytorch_compile", RuntimeError("a bug"))])
def test_any_other_failure_ends_the_benchmark(workers, name, error):
    workers[name].problem = error
    with pytest.raises(type(error), match=str(error)):
        climb(workers, {}, SETTING, PARAMS)


def test_the_sweep_varies_one_axis_at_a_time_and_measures_no_point_twice(workers):
    table = sweep(workers, SETTING, PARAMS)
    assert [tuple(row) for row in table[["axis", "value"]].to_numpy()] == [
        ("batch_size", 2), ("batch_size", 4), ("batch_size", 8), ("width", 2), ("size", 8), ("size", 16), ("size", 32)
    ]  # fmt: skip
    settings = [setting for setting, _ in workers["fast"].settings]
    assert len(settings) == len(set(settings)) == 5
    assert table["ratio"].to_numpy() == pytest.approx(2.0)  # NCHW, its memory kept, over fast
    assert set(table["layout"]) == {"pytorch_nchw_keeping"}
    assert table["clear_ratio"].isna().tolist() == [False] * 6 + [True]  # four times the work is too much for it
