"""curve, rings and blobs: the run through its epochs, its hidden units, and the same training in the page."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from page_run import complaints, expect, settle

from scratchnet.names import TASKS
from scratchnet.page.perceptrons import _least_loss
from scratchnet.points import MulticlassBlobs
from scratchnet.records import read_arrays

FIGURES = dict(zip(("curve", "rings", "blobs"), TASKS, strict=True))
PARAMS = ("fc1.W", "fc1.b", "fc2.W")
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


@pytest.fixture
def figure_of(tiny, page_of):
    """figure_of("rings", "&rings.epoch=1"): the page, and in it the figure, drawn."""

    def opened(name: str, view: str = "", **context):
        page = page_of(tiny / "plots/page/index.html", f"#{name}{view}", **context)
        page.wait_for_selector(f"#{name} [data-drawn=whole]")
        return page, page.locator(f"#{name} .figure")

    return opened


def weights_in_table(figure) -> np.ndarray:
    """W, b and V of every hidden unit, as the table below the picture says them: (H, D + 1 + K)."""
    if figure.locator(".stage table").count() == 0:
        figure.locator(".stage summary").click()
    return numbers_of(figure.locator(".stage table"))


def numbers_of(table) -> np.ndarray:
    """All but the first column."""
    read = "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    table.locator("tbody tr").first.wait_for()
    rows = table.locator("tbody tr").evaluate_all(read)
    return np.array([[number_of(cell) for cell in row[1:]] for row in rows])


def number_of(text: str) -> float:
    plain = text.replace("−", "-").replace(",", "").rstrip("%")
    return float(re.sub(r" · 10⁻(\S+)", lambda power: f"e-{power[1].translate(SUPERSCRIPTS)}", plain))


@pytest.mark.parametrize("name", FIGURES)
def test_the_scrubber_goes_through_the_weights_of_every_epoch(tiny, figure_of, name):
    page, figure = figure_of(name, f"&{name}.epoch=0")
    filmed, _ = read_arrays(tiny / f"models/mlp/{FIGURES[name]}.safetensors")
    slider = figure.get_by_role("slider", name="epoch")
    for epoch in range(len(filmed["fc1.W"])):
        W, b, V = (filmed[part][epoch] for part in PARAMS)
        settle(page)
        got = weights_in_table(figure)
        np.testing.assert_allclose(got[:, : len(W) + 1 + V.shape[1]], np.vstack([W, b, V.T]).T, rtol=2e-3, atol=1e-4)
        assert slider.get_attribute("aria-valuetext") == f"{epoch} of 2"
        slider.press("ArrowRight")
    page.wait_for_url(f"**{name}.epoch=2*")
    losses = pd.read_csv(tiny / f"plots/train_mlp/{FIGURES[name]}/loss.csv")
    assert f"{losses['val_loss'][1]:.4g}" in figure.locator(".story").inner_text()
    assert page.errors == []


def test_a_unit_is_picked_by_keys_by_click_and_by_a_link(figure_of):
    page, figure = figure_of("curve", "&curve.unit=3")
    tiles = figure.get_by_role("slider", name="Hidden unit")
    assert tiles.get_attribute("aria-valuenow") == "3"
    tiles.press("ArrowDown")
    settle(page)
    assert figure.locator("h4", has_text="Hidden unit 19 of 64").is_visible()
    box = tiles.bounding_box()
    tiles.click(position={"x": box["width"] / 16 * 1.5, "y": box["height"] / 8})
    settle(page)
    assert tiles.get_attribute("aria-valuetext").startswith("2 of 64: folds at x = ")
    page.wait_for_url("**curve.unit=2*")


def test_the_fold_of_a_unit_can_be_pointed_at(figure_of):
    page, figure = figure_of("curve", "&curve.unit=1")
    weights = weights_in_table(figure)
    places = -weights[:, 1] / weights[:, 0]
    inside = np.flatnonzero(np.abs(places) < 1.9)
    alone = max(inside, key=lambda unit: np.sort(np.abs(places[inside] - places[unit]))[1])  # its neighbour is far
    box = figure.locator(".stage .plot").bounding_box()
    x = 46 + (box["width"] - 56) * (places[alone] + 2) / 4
    figure.locator(".stage .plot").click(position={"x": x, "y": box["height"] - 60})
    settle(page)
    assert figure.locator("h4", has_text=f"Hidden unit {alone + 1} of 64").is_visible()


@pytest.mark.parametrize("name", ["rings", "blobs"])
def test_the_network_can_be_asked_anywhere(tiny, figure_of, name):
    page, figure = figure_of(name, f"&{name}.at=0.3_-0.2&{name}.unit=5&{name}.epoch=2")
    filmed, _ = read_arrays(tiny / f"models/mlp/{FIGURES[name]}.safetensors")
    W, b, V, c = (filmed[part][2].astype(np.float64) for part in (*PARAMS, "fc2.b"))
    for at in ([0.3, -0.2], None):
        if at is None:
            figure.locator(".stage .plot").press("ArrowLeft")
            settle(page)
            at = [float(number) for number in page.evaluate(f"VIEW.get('{name}.at')").split("_")]
            assert at[0] < 0.3
            assert at[1] == -0.2
        h = np.maximum(0, at @ W + b)
        numbers = numbers_of(figure.locator(".unit-facts table"))
        np.testing.assert_allclose(numbers[:, 0], h[4] * V[4], atol=6e-4)
        np.testing.assert_allclose(numbers[:, 3], h @ V + c, atol=6e-4)
        np.testing.assert_allclose(numbers[:, :3].sum(axis=1), numbers[:, 3], atol=2e-3)
        p = np.exp(h @ V + c) / np.exp(h @ V + c).sum()
        np.testing.assert_allclose(numbers[:, 4], 100 * p, atol=0.06)
    assert page.errors == []


@pytest.mark.parametrize("name", FIGURES)
def test_the_training_in_the_page_is_the_runs(tiny, figure_of, name):
    page, figure = figure_of(name)
    figure.get_by_text("Train it here").click()
    state = figure.locator(".state")
    assert "those of the run, to the last bit" in state.inner_text()
    figure.get_by_role("button", name="One step").click()
    settle(page)
    assert re.search(r"Epoch 1 of 2, step 1 of \d", state.inner_text())
    figure.get_by_role("button", name="One epoch").click()
    settle(page)
    assert "After epoch 1 of 2" in state.inner_text()
    figure.get_by_role("button", name="Train", exact=True).click()
    figure.get_by_text("All 2 epochs are over").wait_for()
    settle(page)
    gap = number_of(re.search(r"at most (.+?):", state.inner_text())[1])
    assert gap < 1e-6
    filmed, _ = read_arrays(tiny / f"models/mlp/{FIGURES[name]}.safetensors")
    W, b, V = (filmed[part][2] for part in PARAMS)
    trained = weights_in_table(figure)[:, : len(W) + 1 + V.shape[1]]
    np.testing.assert_allclose(trained, np.vstack([W, b, V.T]).T, rtol=2e-3, atol=1e-4)
    figure.get_by_role("button", name="Rewind").click()
    settle(page)
    assert "Before the first of 2 epochs" in state.inner_text()
    assert "to the last bit" in state.inner_text()
    assert page.errors == []


@pytest.mark.parametrize("name", FIGURES)
def test_its_losses_are_the_runs_too(tiny, figure_of, name):
    page, _ = figure_of(name)
    history = page.evaluate(f"""() => {{
      const training = new LiveTraining(new RecordedPerceptron(RUN.perceptrons.{FIGURES[name]}));
      while (!training.isOver) training.step();
      return training.history;
    }}""")
    losses = pd.read_csv(tiny / f"plots/train_mlp/{FIGURES[name]}/loss.csv")
    np.testing.assert_allclose(history["train_loss"], losses["train_loss"], rtol=1e-5)
    np.testing.assert_allclose(history["val_loss"], losses["val_loss"], rtol=1e-5)
    assert max(history["gap"]) < 1e-6


def test_other_settings_are_told_and_are_in_the_link(figure_of):
    page, figure = figure_of("blobs", "&blobs.mode=train&blobs.hidden=8")
    assert figure.locator("h4", has_text="of 8").is_visible()
    figure.get_by_role("slider", name="learning rate").press("ArrowRight")
    figure.get_by_label("seed", exact=True).fill("7")
    page.evaluate("VIEW.set({'blobs.hidden': 16})")
    settle(page)  # all is shown anew, as in every frame of a training, but what is being typed stays
    figure.get_by_label("seed", exact=True).press("Enter")
    figure.get_by_role("button", name="One epoch").click()
    settle(page)
    assert "This training is not the run's" in figure.locator(".state").inner_text()
    page.wait_for_url("**blobs.learning_rate=0.3*")
    page.wait_for_url("**blobs.seed=7*")
    figure.get_by_role("button", name="The run's settings").click()
    settle(page)
    assert figure.locator("h4", has_text="of 64").is_visible()
    assert "to the last bit" in figure.locator(".state").inner_text()
    page.evaluate("location.hash = '#blobs&blobs.mode=train&blobs.hidden=0.5&blobs.seed=-1&blobs.batch_size=none'")
    settle(page)
    assert figure.locator("h4", has_text="of 64").is_visible()
    assert page.errors == []


def test_points_can_be_drawn_with_a_class_and_cleared(figure_of):
    page, figure = figure_of("rings", "&rings.mode=train&rings.at=0_0")
    plot = figure.locator(".stage .plot")
    figure.get_by_text("draws class 1").click()
    settle(page)
    plot.click(position={"x": 200, "y": 100})
    plot.press("Enter")
    plot.press("ArrowUp")
    plot.press("Enter")
    settle(page)
    expect(figure.locator(".own-points circle")).to_have_count(3)
    assert page.evaluate("VIEW.get('rings.points').split('.').every((point) => point.endsWith('_1'))")
    figure.get_by_role("button", name="One epoch").click()
    settle(page)
    assert "This training is not the run's" in figure.locator(".state").inner_text()
    figure.get_by_label("learn from mine alone").check()
    figure.get_by_role("button", name="Clear my 3 points").click()
    settle(page)
    expect(figure.locator(".own-points circle")).to_have_count(0)
    assert not figure.get_by_label("learn from mine alone").is_checked()
    assert page.errors == []


def test_a_network_learns_the_points_of_a_link(figure_of):
    link = "&curve.mode=train&curve.alone=1&curve.points=-1000_1000.-500_500.0_0.500_500.1000_1000.nonsense"
    page, figure = figure_of("curve", f"{link}&curve.batch_size=1&curve.learning_rate=0.03")
    expect(figure.locator(".own-points circle")).to_have_count(5)
    loss = page.evaluate("""() => {
      const training = new LiveTraining(new RecordedPerceptron(RUN.perceptrons.regression_1d));
      training.learnFrom(ownPointsOf(VIEW.get("curve.points"), training.run), true);
      training.change({ epochs: 300, batch_size: 1, learning_rate: 0.03 });
      while (!training.isOver) training.step();
      return training.history.train_loss.at(-1);
    }""")
    assert loss < 1e-3
    figure.get_by_role("button", name="Clear my 5 points").click()
    settle(page)
    assert "to the last bit" in figure.locator(".state").inner_text()


def test_a_rate_that_is_too_high_is_told_and_breaks_nothing(figure_of):
    page, figure = figure_of("curve", "&curve.mode=train&curve.learning_rate=10&curve.batch_size=1")
    figure.get_by_role("button", name="Train", exact=True).click()
    figure.get_by_text("too large to be a number").wait_for()
    settle(page)
    assert figure.get_by_role("button", name="One step").is_disabled()
    assert np.isfinite(weights_in_table(figure)[:, :3]).all()
    figure.get_by_role("button", name="Rewind").click()
    settle(page)
    assert figure.get_by_role("button", name="One step").is_enabled()
    assert page.errors == []


@pytest.mark.parametrize("name", ["rings", "blobs"])
def test_the_picture_is_what_the_network_answers(figure_of, name):
    """The picture's logits come a row at a time; its border lies where the answer changes."""
    page, _ = figure_of(name)
    worst, sides = page.evaluate(f"""() => {{
      const run = new RecordedPerceptron(RUN.perceptrons.{FIGURES[name]}), network = run.network(2), cells = 30;
      const middle = cellMiddle(1.5, cells);
      const middles = Float64Array.from({{length: cells}}, (_, cell) => middle(cell));
      const grid = zeros([cells * cells, 2], Float64Array);
      for (let n = 0; n < cells * cells; n++) {{
        grid.data.set([middles[n % cells], middles[Math.floor(n / cells)]], 2 * n);
      }}
      const [got, wanted] = [logitsOnGrid(network, middles), network.forward(grid)];
      const worst = Math.max(...got.data.map((z, k) => Math.abs(z - wanted.data[k])));
      const ends = bordersOf(got, cells, cells).flatMap(([c, r]) => {{
        const z = Array.from(network.forward(arrayOf([1, 2], Float64Array.of(middle(c), middle(r)))).data);
        z.sort((a, b) => b - a);
        return z[0] - z[1];
      }});
      return [worst, ends];
    }}""")
    assert worst < 1e-6
    assert len(sides) > 10
    assert np.median(sides) < 0.02


def test_lines_of_a_ring_are_joined(scripts):
    line = scripts.call("""() => {
      const distance = (n) => Math.hypot((n % 20) - 9.5, (n - (n % 20)) / 20 - 9.5);
      const values = Float64Array.from({length: 400}, (_, n) => distance(n) - 6);
      return joinedPieces(zeroLine(values, 20, 20));
    }""")
    assert len(line) == 1
    radii = [math.hypot(column - 9.5, row - 9.5) for column, row in line[0]]
    assert min(radii) > 5.9
    assert max(radii) < 6.05
    assert line[0][0] == pytest.approx(line[0][-1])


def test_the_least_loss_is_what_the_best_classifier_has_on_many_points():
    task = MulticlassBlobs(0.5)
    drawn = task.draw(200_000, np.random.default_rng(1))
    p = task.densities(drawn.x.astype(np.float64))
    surprise = -np.log(p[np.arange(len(p)), drawn.labels] / p.sum(axis=1))
    assert _least_loss(task) == pytest.approx(surprise.mean(), rel=0.01)


@pytest.mark.parametrize(("mode", "width", "scheme"), [("run", 1400, "light"), ("train", 360, "dark")])
def test_everybody_can_use_them(tiny, page_of, mode, width, scheme):
    view = "#curve" + "".join(f"&{name}.mode={mode}" for name in FIGURES) + "&rings.points=0_0_1"
    page = page_of(tiny / "plots/page/index.html", view, viewport={"width": width, "height": 900}, color_scheme=scheme)
    figures = ", ".join(f"drawFigure(document.querySelector('#{name} .figure'))" for name in FIGURES)
    page.evaluate(f"() => Promise.all([{figures}])")
    for folded in page.locator(", ".join(f"#{name} summary:visible" for name in FIGURES)).all():
        folded.click()
    settle(page)
    assert complaints(page, ", ".join(f"#{name}" for name in FIGURES)) == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.errors == []
