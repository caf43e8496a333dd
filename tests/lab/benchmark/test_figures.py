"""The pictures of the benchmark show what is in the metrics and the table."""

from itertools import pairwise

import pandas as pd
import pytest

from lab.benchmark.figures import ladder, roofline, sweep_over_scale
from scratchnet.names import PLAIN
from scratchnet.plots.style import save


def rung(label, speed, backend="numpy", device="cpu", **more):
    figures = {"images_per_second": speed, "step_ms": 32000 / speed, "gflops": speed / 25, "limit_share": speed / 1e4}
    return {"label": label, "backend": backend, "device": device, "threads": 2} | figures | more


@pytest.fixture
def measured():
    rungs = {
        "loops": rung("loops", 0.2, measured="one picture, its time taken 2,048-fold"),
        "fast": rung("fast", 4000.0),
        "pytorch_nchw": rung("eager", 2000.0, "pytorch"),
        "cuda_float32": rung("CUDA", 50000.0, "pytorch", "cuda"),
    }
    roofs = {"gemm_gflops": 200.0, "copy_gb_per_second": 40.0}
    one_core = {"one_core_gemm_gflops": 100.0, "one_core_copy_gb_per_second": 30.0}
    arch = rungs | {"ratio": {"numpy_over_pytorch_cpu": 2.0}, "work": {"gflop": 0.5, "least_mb": 20.0}}
    return dict.fromkeys(PLAIN, arch) | {
        "limits": {"cpu": roofs | one_core, "cuda_float32": {"gemm_gflops": 5e4, "copy_gb_per_second": 2000.0}},
        "absent": {"pytorch_compile": "torch.compile: there is no compiler."},
        "setting": {"batch_size": 32, "size": 64},
        "machine": {"cpu": "EPYC", "cores": 2, "gpu": "H100"},
    }


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_the_ladder_has_a_bar_for_each_rung_and_says_where_it_ran(measured, tmp_path):
    figure = ladder(measured)
    for axes in figure.axes:
        assert [bar.get_width() for bar in axes.patches] == [0.2, 4000, 2000, 50000]
        assert texts(axes)[:2] == ["0.2 a second, 160 s a step", "4,000 a second, 8 ms a step"]
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["loops*\nCPU, 2 threads", "fast\nCPU, 2 threads", "eager\nCPU, 2 threads", "CUDA\nCUDA"]
    below = figure.get_supxlabel()
    assert "not measured: torch.compile: there is no compiler." in below
    assert "* loops: one picture, its time taken 2,048-fold" in below
    save(figure, tmp_path / "ladder.png")


def test_the_roofline_has_roofs_points_and_names(measured, tmp_path):
    figure = roofline(measured)
    for axes in figure.axes:
        points = [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if line.get_marker() == "o"]
        assert points == [(25, 0.008), (25, 160), (25, 80), (25, 2000)]
        roofs = [line for line in axes.lines if line.get_marker() != "o"]
        assert [max(line.get_ydata()) for line in roofs] == [200, 100, 50000]
        assert "fast: 40%" in texts(axes)
        heights = [text.get_position()[1] for text in axes.texts]
        assert all(above - below > 0.05 for above, below in pairwise(heights))
    save(figure, tmp_path / "roofline.png")


def test_the_sweep_has_a_line_for_each_architecture_and_axis(tmp_path):
    rows = [
        {"arch": arch, "axis": axis, "value": value, "ratio": ratio, "ratio_q1": ratio - 0.1, "ratio_q3": ratio + 0.1}
        | {"clear_ratio": 0.3 if value == 8 else None}
        for arch in PLAIN
        for axis in ("batch_size", "width", "size")
        for value, ratio in ((8, 3.0), (16, 1.5))
    ]
    figure = sweep_over_scale(pd.DataFrame(rows))
    for axes in figure.axes:
        lines = [list(line.get_ydata()) for line in axes.lines if len(line.get_xdata()) and line.get_marker() != "None"]
        assert lines == [[3.0, 1.5], [0.3]] * 2
        assert [label.get_text() for label in axes.get_xticklabels()] == ["8", "16"]
    save(figure, tmp_path / "sweep.png")
