"""The timeline has every kernel where it was, and what is too short to be seen once more."""

import pandas as pd

from lab.gpu.kinds import LOOKS, REST, WORDS
from lab.gpu.timeline import timeline
from scratchnet.plots.style import save


def trace(scale):
    rows = [("opening and decoding files", 1, 0, 40), ("pooling", 1, 50, 10), ("optimizer", 2, 70, 30)]
    table = pd.DataFrame(rows, columns=["kind", "step", "start_us", "duration_us"])
    return table.assign(start_us=scale * table["start_us"], duration_us=scale * table["duration_us"])


def names(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def test_every_kind_has_a_look_of_its_own():
    assert LOOKS.keys() == {name for name, _ in WORDS} | {REST}
    assert len({look["facecolor"] for look in LOOKS.values()}) == len(LOOKS)


def test_a_lane_shows_its_steps_in_milliseconds(tmp_path):
    figure = timeline({"before": trace(1000)}, "Two steps")
    (axes,) = figure.axes
    shown = [path.get_extents() for collection in axes.collections for path in collection.get_paths()]
    for left, right in ((0, 40), (50, 60), (70, 100)):
        assert any(abs(box.x0 - left) + abs(box.x1 - right) < 1e-6 for box in shown)
    assert [text.get_text().strip() for text in axes.texts] == ["50 ms a step, 20 ms of it waiting for files"]
    kinds = [text.get_text() for text in figure.legends[0].get_texts()]
    assert kinds == ["opening and decoding files", "pooling", "optimizer"]
    save(figure, tmp_path / "timeline.png")
    assert (tmp_path / "timeline.png").stat().st_size > 1000


def test_short_lanes_are_shown_once_more():
    above, below = timeline({"before": trace(1000), "half": trace(500), "graph": trace(10).iloc[1:]}, "Two steps").axes
    assert [text.get_text().strip() for text in below.texts] == ["0.5 ms a step"]
    assert names(above) == ["before", "half", "graph"]
    assert names(below) == ["graph"]
    assert above.get_xlim()[1] > 100
    assert below.get_xlim()[1] < 2
