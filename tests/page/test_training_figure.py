"""The figure of how a network learned: filters by epoch, curves, what is taken for what, and the worst mistakes."""

import numpy as np
import pandas as pd
import pytest
from page_run import complaints, expect, rows_of, settle
from safetensors.numpy import load_file

from scratchnet.calibration import LIMITS, by_chance, calibration, expected_calibration_error

PIXELS = """(canvas) => {
  const {width, height} = canvas;
  return [height, width, Array.from(canvas.getContext("2d").getImageData(0, 0, width, height).data)];
}"""
FOLLOW = """(hash) => hash === location.hash || new Promise((resolve) => {
  addEventListener("hashchange", resolve, {once: true});
  location.hash = hash;
})"""


@pytest.fixture(scope="module")
def shared_page(tiny, shared_page_of):
    page = shared_page_of(tiny / "plots/page/index.html", "#training")
    page.wait_for_selector("#training [data-drawn=whole]")
    yield page
    assert page.errors == []


@pytest.fixture
def open_figure(shared_page):
    """open_figure(what the address says after #training) -> the page, and the figure in it, as by a link."""

    def opened(view):
        shared_page.evaluate(FOLLOW, f"#training{view}")
        settle(shared_page)
        return shared_page, shared_page.locator("#training .figure")

    return opened


def pixels(canvas) -> np.ndarray:
    """uint8 (H, W, 4)"""
    height, width, data = canvas.evaluate(PIXELS)
    return np.array(data, np.uint8).reshape(height, width, 4)


def filters_of(tiny, arch="two_conv", backend="numpy"):
    return load_file(tiny / f"models/{backend}/{arch}_filters.safetensors")


def predictions_of(tiny, arch, backend="numpy"):
    stage = {"numpy": "train_numpy_cnn", "pytorch": "train_cuda_cnn"}[backend]
    table = pd.read_csv(tiny / f"plots/{stage}/{arch}/predictions.csv")
    dog = table["probability_dog"]
    table["of_truth"] = dog.where(table["label"] == "dog", 1 - dog)
    return table


@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_the_filters_are_those_of_the_epoch(tiny, open_figure, epoch):
    _, figure = open_figure(f"&arch=two_conv&backend=numpy&training.epoch={epoch}&training.filter=5")
    films = filters_of(tiny)
    w, largest = films["conv1.W"][epoch][3].astype(float), np.abs(films["conv1.W"]).max()
    colours = np.floor(128 + 127 * w / largest + 0.5).transpose(1, 2, 0)  # as Math.round does
    shown = pixels(figure.get_by_role("img", name="conv1, filter 3", exact=True).locator("canvas"))
    np.testing.assert_array_equal(shown[..., :3], colours)
    w, largest = films["conv2.W"][epoch], np.abs(films["conv2.W"]).max()
    small = pixels(figure.get_by_role("button", name="conv2, filter 5", exact=True).locator("canvas"))
    assert small.shape == (15, 15, 4)
    assert (small[3::4, :, 3] == 0).all()
    large = pixels(figure.get_by_role("img", name="Channel 6 reads").locator("canvas").nth(1))
    np.testing.assert_array_equal(large, small[4:7, 8:11])
    lighter = large[..., 0] > 128
    np.testing.assert_array_equal(lighter, w[5, 6] / largest > 0.5 / 255)


def test_what_training_has_added_is_nothing_at_the_start_and_is_on_a_scale_of_its_own(tiny, open_figure):
    _, figure = open_figure("&arch=one_conv&backend=numpy&training.epoch=0&training.shown=change")
    first = figure.get_by_role("img", name="conv1, filter 0", exact=True).locator("canvas")
    assert (pixels(first)[..., :3] == 128).all()
    figure.get_by_role("slider").press("End")
    film = filters_of(tiny, "one_conv")["conv1.W"]
    change = film - film[0]
    colours = 128 + 127 * change[2, 0].transpose(1, 2, 0) / np.abs(change).max()
    np.testing.assert_allclose(pixels(first)[..., :3], colours, atol=1)
    figure.get_by_text("the weights", exact=True).click()
    assert np.abs(pixels(first)[..., :3] - colours).max() > 20


def test_epochs_are_scrubbed_by_key_and_the_charts_go_along(tiny, open_figure):
    page, figure = open_figure("&arch=two_conv&backend=numpy")
    slider = figure.get_by_role("slider")
    losses = pd.read_csv(tiny / "plots/train_numpy_cnn/two_conv/loss.csv")
    loss, accuracy, moves = (figure.locator(".readout").nth(n) for n in range(3))
    slider.press("Home")
    settle(page)
    assert loss.inner_text() == accuracy.inner_text() == moves.inner_text() == "epoch 0: nothing was measured"
    slider.press("ArrowRight")
    settle(page)
    assert slider.get_attribute("aria-valuetext") == "1 of 2"
    told = loss.inner_text().removeprefix("epoch 1: training ").split(", validation ")
    np.testing.assert_allclose([float(text) for text in told], losses.loc[0, ["train_loss", "val_loss"]], rtol=5e-3)
    assert accuracy.inner_text() == f"epoch 1: validation {100 * losses.loc[0, 'val_accuracy']:.3g}%"
    w = filters_of(tiny)["conv2.W"]
    moved = 100 * np.linalg.norm(w[1] - w[0]) / np.linalg.norm(w[0])
    assert float(moves.inner_text().split("conv2 ")[1].removesuffix("%")) == pytest.approx(moved, rel=5e-3)
    page.wait_for_url("**&training.epoch=1")
    expect(figure.locator(".mark text", has_text="kept")).to_have_count(3)


def test_a_chart_moves_the_epoch_too(open_figure):
    page, figure = open_figure("&training.epoch=2")
    figure.locator(".plot").first.press("ArrowLeft")
    settle(page)
    assert figure.get_by_role("slider").input_value() == "1"
    assert figure.locator(".readout").nth(2).inner_text().startswith("epoch 1: ")


def test_epochs_play_from_the_start_and_stop_at_the_end(tiny, page_of):
    page = page_of(tiny / "plots/page/index.html", "#training&training.epoch=2", alone=True)
    page.wait_for_selector("#training [data-drawn=whole]")
    figure = page.locator("#training .figure")
    settle(page)
    page.clock.install(time=0)
    page.clock.pause_at(1000)  # else it goes on by itself between two looks
    figure.get_by_role("button", name="Play: Epoch").click()
    page.clock.run_for(100)
    assert figure.locator(".readout").first.inner_text() == "epoch 0: nothing was measured"
    page.clock.run_for(1300)
    assert figure.get_by_role("slider").input_value() == "1"
    assert figure.get_by_role("button", name="Pause: Epoch").is_visible()
    page.clock.run_for(1300)
    assert figure.get_by_role("slider").input_value() == "2"
    assert figure.get_by_role("button", name="Play: Epoch").is_visible()


@pytest.mark.parametrize(("arch", "backend"), [("one_conv", "numpy"), ("two_conv", "pytorch")])
def test_every_test_picture_is_counted_and_each_cell_says_its_share(tiny, open_figure, arch, backend):
    _, figure = open_figure(f"&arch={arch}&backend={backend}")
    table = predictions_of(tiny, arch, backend)
    for truth in ("cat", "dog"):
        of_truth = table[table["label"] == truth]
        row = figure.get_by_role("row", name=f"{truth}: {len(of_truth)}")
        for cell, answer in enumerate(("cat", "dog")):
            count = int((of_truth["predicted"] == answer).sum())
            wanted = f"{count}\n{count / len(of_truth):.1%} of {len(of_truth)}"
            assert row.get_by_role("cell").nth(cell).inner_text() == wanted
    right = int((table["label"] == table["predicted"]).sum())
    assert f"{right} of 8 are right, {right / 8:.1%}." in figure.inner_text()


@pytest.mark.parametrize("count", [1, 500])
def test_the_bins_and_their_error_are_those_of_numpy(shared_page, count):
    rng = np.random.default_rng(1)
    drawn = np.concatenate([rng.random(count), LIMITS, 1 - LIMITS, [0.0, 1.0]])[-count:].round(9)
    labels = rng.integers(0, 2, size=len(drawn))
    wanted = calibration(drawn, labels)
    predictions = {"probability": drawn.tolist(), "label": labels.tolist()}
    bins, text = shared_page.evaluate(
        "(predictions) => [calibrationOf(predictions), calibrationText(calibrationOf(predictions))]", predictions
    )
    keys = ["low", "high", "pictures", "confidence", "accuracy"]
    np.testing.assert_allclose([[one[key] for key in keys] for one in bins], wanted.to_numpy(), rtol=1e-12)
    error, chance = (shared_page.evaluate("(number) => numberText(number, 2)", number(wanted))
                     for number in (expected_calibration_error, by_chance))  # fmt: skip
    assert f"all pictures: {error}. With so few" in " ".join(text.split())
    assert text.endswith(f"about {chance}.")


def test_the_calibration_is_drawn_and_stands_in_a_table(tiny, open_figure):
    _, figure = open_figure("&arch=two_conv&backend=pytorch")
    table = pd.read_csv(tiny / "plots/train_cuda_cnn/two_conv/calibration.csv")
    chart = figure.locator(".answers .chart")
    picture = chart.get_by_role("img", name="How sure it is, and how often it is right then")
    assert picture.locator("circle").count() == len(table)
    wanted = [
        [f"{low:.0%} to {high:.0%}", f"{pictures:.0f}", f"{sure:.1%}", f"{right:.1%}"]
        for low, high, pictures, sure, right in table.to_numpy()
    ]
    assert rows_of(chart) == wanted


@pytest.mark.parametrize("arch", ["one_conv", "two_conv"])
def test_the_worst_mistake_comes_first_and_each_says_how_sure_it_was(tiny, open_figure, arch):
    _, figure = open_figure(f"&arch={arch}&backend=numpy")
    wrong = predictions_of(tiny, arch).query("label != predicted").sort_values("of_truth", kind="stable")
    tiles = figure.locator(".mistakes button")
    assert 0 < len(wrong) == tiles.count()
    assert [tile.get_attribute("title") for tile in tiles.all()] == list(wrong["name"])
    said = [f"{row.predicted} {1 - row.of_truth:.1%}" for row in wrong.itertuples()]
    assert tiles.all_inner_texts() == said


def test_a_cell_shows_its_pictures_and_a_second_click_all_mistakes_again(tiny, open_figure):
    page, figure = open_figure("&arch=two_conv&backend=numpy")
    table = predictions_of(tiny, "two_conv")
    kind = table.groupby(["label", "predicted"]).size().idxmax()
    cell = figure.get_by_role("button", name=f"{kind[0]} taken for {kind[1]}: ")
    cell.click()
    assert cell.get_attribute("aria-pressed") == "true"
    names = table[(table["label"] == kind[0]) & (table["predicted"] == kind[1])].sort_values("of_truth")["name"]
    tiles = figure.locator(".mistakes button")
    assert [tile.get_attribute("title") for tile in tiles.all()] == list(names)
    page.wait_for_url(f"**&training.kind={kind[0]}-{kind[1]}")
    cell.click()
    expect(tiles).to_have_count(int((table["label"] != table["predicted"]).sum()))


def test_a_mistake_goes_through_the_network_and_the_way_back_leads_back(open_figure):
    page, figure = open_figure("&arch=two_conv&backend=numpy&training.epoch=1")
    tile = figure.locator(".mistakes button").first
    name = tile.get_attribute("title")
    tile.press("Enter")
    place = page.evaluate("RUN.pictures.names.indexOf(CHOSEN.picture.name)")
    page.wait_for_url(f"**#network&*&picture={place}")
    assert page.evaluate("CHOSEN.picture.name") == name
    assert page.evaluate("document.activeElement.textContent") == "One picture through the network"
    assert 0 <= page.locator("#network h3").bounding_box()["y"] < 200
    page.go_back()
    page.wait_for_url("**#training&*training.epoch=1")
    assert figure.get_by_role("slider").input_value() == "1"


def test_another_network_is_shown_with_its_own_filters_and_curves(tiny, open_figure):
    page, figure = open_figure("&arch=two_conv&backend=numpy&training.epoch=1")
    figure.get_by_text("one_conv, PyTorch").click()
    settle(page)
    expect(figure.get_by_role("heading", name="The filters of conv2")).to_have_count(0)
    assert figure.get_by_role("slider").input_value() == "1"
    loss = pd.read_csv(tiny / "plots/train_cuda_cnn/one_conv/loss.csv")["train_loss"][0]
    assert figure.locator(".readout").first.inner_text().startswith(f"epoch 1: training {loss:.3g}, ")
    page.wait_for_url("**arch=one_conv&backend=pytorch*")


def test_every_weight_is_in_a_table_and_the_filter_that_moved_most_is_picked(tiny, open_figure):
    page, figure = open_figure("&arch=two_conv&backend=numpy&training.epoch=1")
    w, b = (filters_of(tiny)[f"conv2.{name}"] for name in "Wb")
    most = int(np.square(w[-1] - w[0]).sum(axis=(1, 2, 3)).argmax())
    figure.get_by_text(f"The weights of filter {most} of conv2").click()
    rows = figure.locator(".filters details").nth(1).locator("tbody tr")
    expect(rows).to_have_count(16)
    wanted = [*w[1, most, 0].ravel().tolist(), float(b[1, most])]
    texts = rows.first.locator("td").all_inner_texts()
    assert texts == page.evaluate("(numbers) => numbers.map((number) => numberText(number))", wanted)


def test_everybody_can_use_it(tiny, page_of):
    view = "#training&arch=two_conv&training.epoch=1&training.shown=change&training.kind=cat-dog"
    page = page_of(tiny / "plots/page/index.html", view, viewport={"width": 360, "height": 800}, color_scheme="dark")
    page.wait_for_selector("#training [data-drawn=whole]")
    for text in ("The weights of filter", "The numbers"):
        page.locator("#training summary", has_text=text).first.click()
    settle(page)
    assert complaints(page, "#training") == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
