"""The picture of the vital signs: a panel for each sign, a line for each layer."""

import pandas as pd

from scratchnet.numpy_nn.vital_signs import SIGNS
from scratchnet.plots.vital_signs import vital_signs


def test_every_sign_has_a_panel_with_a_line_for_each_layer():
    row = {"dead_units": 0.25, "activation_rms": 1.0, "gradient_rms": 0.0, "update_ratio": 0.01}
    table = pd.DataFrame([{"epoch": epoch, "layer": name} | row for epoch in (1, 2) for name in ("conv1", "fc1")])
    figure = vital_signs(table)
    assert len(figure.axes) == len(SIGNS)
    for axes, sign in zip(figure.axes, SIGNS, strict=True):
        assert [line.get_label() for line in axes.lines] == ["conv1", "fc1"]
        assert axes.lines[0].get_ydata().tolist() == [row[sign]] * 2
    assert [axes.get_yscale() for axes in figure.axes] == ["linear", "log", "linear", "log"]  # no logarithm of 0 alone
