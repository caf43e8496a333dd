"""The page of a run that has trained the deep network alone: its maps, its numbers, and where it looked."""

import re
import shutil

import numpy as np
import pytest
from numpy_side import network_of, picture_of
from page_run import complaints, draw_all, expect

from scratchnet.page.gather import gather

CANVAS = "(canvas) => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
# Of every step but the last: for some of its numbers, those of the next step whose windows hold it, and stepUsers.
BOTH_WAYS = """() => {
  const answers = answersOf(CHOSEN.picture, ...chosenNetwork());
  const steps = networkSteps(networkOf(...chosenNetwork()), answers.layers);
  const holds = ({map, top, left, height, width}, place) =>
    (map === null || map === place.map) && place.row >= top && place.row < top + height &&
    place.column >= left && place.column < left + width;
  return steps.filter(({next}) => next).flatMap((step) => [0, 11, stepCount(step) - 1].map((k) => {
    k = Math.min(k, stepCount(step) - 1);
    const seen = (next, j) => holds(stepWindow(next, j), stepPlace(step, k));
    const {next} = step;
    const every = Math.max(1, Math.floor(stepCount(next) / 4000)) | 1;
    const users = stepUsers(step, k);
    const wrong = [];
    for (let j = 0; j < stepCount(next); j += every) {
      if (seen(next, j) !== (users !== null && holds(users, stepPlace(next, j)))) wrong.push(j);
    }
    return [step.name, k, wrong];
  }));
}"""
FIELD = """([name, k]) => {
  const answers = answersOf(CHOSEN.picture, ...chosenNetwork());
  const steps = networkSteps(networkOf(...chosenNetwork()), answers.layers);
  return pictureField(steps.find((step) => step.name === name), k);
}"""


@pytest.fixture
def opened(of_deep, page_of):
    def opened(fragment="", **context):
        page = page_of(of_deep / "plots/page/index.html", f"#network{fragment}", **context)
        page.wait_for_selector("#network .figure[data-drawn=whole]")
        return page

    return opened


@pytest.fixture
def layers(of_deep):
    """layers(page): NumPy's activations on the chosen picture, and the network."""

    def layers(page):
        network = network_of(of_deep, "deep", "numpy")
        x, _ = picture_of(of_deep, page.evaluate("RUN.pictures.test_index[CHOSEN.picture.place]"))
        return {"x": x, **network.activations(x)}, network

    return layers


def number(text):
    return float(text.replace("−", "-").replace("+", "").replace("=", "").replace(" ", ""))


def test_every_figure_is_there_and_nothing_is_thrown(opened):
    page = opened()
    figures = draw_all(page)
    assert "failed" not in figures.values()
    assert {figures[name] for name in ("network", "backwards", "signs", "training", "run")} == {"whole"}
    assert "residual block" in page.locator("#network").inner_text()
    assert page.errors == []


def test_the_maps_of_the_last_block_are_drawn_and_are_numpys(opened, layers):
    page = opened("&network.layer=relu_block4")
    numbers = layers(page)[0]["relu_block4"][0]
    drawn = page.locator("#network .layer:visible .cell canvas")
    assert drawn.count() == len(numbers) == 256
    largest = page.evaluate(
        "stepScale({height: 2}, answersOf(CHOSEN.picture, 'deep', 'numpy').layers.relu_block4.data)"
    )
    for map_number in (0, 100, 255):
        red = np.array(drawn.nth(map_number).evaluate(CANVAS)).reshape(2, 2, 4)[:, :, 0]
        shade = 128 + 127 * np.minimum(numbers[map_number] / largest, 1)  # grey is zero, 255 is the largest
        assert np.abs(red - shade).max() <= 1
    assert page.errors == []


def test_every_layer_can_be_looked_at_and_its_number_is_numpys(opened, layers):
    page = opened()
    found, _ = layers(page)
    for name, numbers in found.items():
        page.evaluate("(name) => VIEW.set({'network.layer': name, 'network.unit': null})", name)
        title = page.locator("#network .unit h5").inner_text()
        place = tuple(map(int, re.search(r"\[([\d, ]+)\]", title)[1].split(",")))
        assert title.startswith(f"{name}[")
        assert number(title.split(" = ")[1]) == pytest.approx(numbers[0][place], abs=6e-5)
        page.evaluate("(name) => VIEW.set({'backwards.at': `${name}.0`})", name)
    assert page.errors == []


def test_a_block_is_the_sum_of_its_two_ways(opened, layers):
    page = opened("&network.layer=block3&network.unit=5.1.2")
    (found, network), block = layers(page), "block3"
    short = found["relu_block2"]
    for layer in network.layers[block].shortcut.values():
        short = layer.infer(short)
    line = page.locator("#network .arithmetic .sum-line")
    through, around = (number(text) for text in line.locator("b").all_inner_texts())
    assert around == pytest.approx(short[0, 5, 1, 2], abs=6e-5)
    assert through + around == pytest.approx(found[block][0, 5, 1, 2], abs=2e-4)
    assert number(line.locator("output").inner_text()) == pytest.approx(found[block][0, 5, 1, 2], abs=6e-5)


def test_who_sees_a_number_and_what_a_number_sees_agree(opened):
    page = opened()
    assert [wrong for wrong in page.evaluate(BOTH_WAYS) if wrong[2]] == []


@pytest.mark.parametrize(("name", "place", "side"), [("block1", (3, 8, 8), 12), ("block2", (3, 4, 4), 24)])
def test_pixels_beyond_its_field_change_nothing(opened, layers, name, place, side):
    page = opened()
    found, network = layers(page)
    k = int(np.ravel_multi_index(place, found[name].shape[1:]))
    field = page.evaluate(FIELD, [name, k])
    assert (field["height"], field["width"]) == (side, side)
    rows, columns = (slice(field[at], field[at] + side) for at in ("top", "left"))
    outside, inside = np.ones_like(found["x"]), found["x"].copy()
    outside[:, :, rows, columns] = found["x"][:, :, rows, columns]
    inside[:, :, rows, columns] = 1
    assert network.activations(outside)[name][0][place] == pytest.approx(found[name][0][place], abs=1e-5)
    assert abs(network.activations(inside)[name][0][place] - found[name][0][place]) > 1e-2


def test_the_places_it_looked_at_add_up_to_the_logit(opened, layers):
    page = opened()
    found, network = layers(page)
    W, b = (network.layers["fc"].params[key] for key in "Wb")
    wanted = np.tensordot(W[:, 0], found["relu_block4"][0], 1) / 4
    shown = page.locator("#network .looked-at")
    got = np.array([number(text) for text in shown.locator("td").all_inner_texts()]).reshape(2, 2)
    np.testing.assert_allclose(got, wanted, atol=6e-5)
    assert wanted.sum() + b[0] == pytest.approx(found["fc"][0, 0], abs=1e-5)
    assert number(shown.locator("output").inner_text()) == pytest.approx(found["fc"][0, 0], abs=6e-5)
    pixels = np.array(shown.locator("canvas").evaluate(CANVAS)).reshape(32, 32, 4)[:, :, :3].astype(float)
    strongest = np.unravel_index(np.abs(wanted).argmax(), wanted.shape)
    spread = pixels.max(axis=2) - pixels.min(axis=2)  # a grey has none
    quarter = spread.reshape(2, 16, 2, 16).mean(axis=(1, 3))
    assert quarter[strongest] == quarter.max()


def test_everybody_can_use_it_on_a_phone_in_the_dark(opened):
    page = opened("&network.layer=block4", viewport={"width": 360, "height": 900}, color_scheme="dark")
    assert complaints(page, "#network") == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_networks_that_are_not_of_the_run_are_left_out(of_deep, tiny, tmp_path, monkeypatch):
    folder = shutil.copytree(of_deep, tmp_path / "run")
    for part in ("models", "metrics", "plots"):  # as if others had been trained before
        shutil.copytree(tiny / part, folder / part, dirs_exist_ok=True)
    monkeypatch.chdir(folder)
    run = gather()
    assert list(run["networks"]) == ["deep"]
    assert run["params"]["of_arch"]["deep"]["epochs"] == 1
    assert "deep was not trained in PyTorch: python -m stages.train_cuda_cnn deep" in run["missing"]


def test_the_page_explains_the_networks_of_the_run_and_no_others(of_deep, tiny):
    def explained(folder):
        page = (folder / "plots/page/index.html").read_text("utf-8")
        _, _, after = page.partition("<h3>One picture through the network</h3>")
        return " ".join(after.partition('data-figure="network"')[0].split())

    for sentence in ("keeps the largest of each two by two", "<msub><mi>b</mi><mi>o</mi></msub>"):
        assert sentence in explained(tiny)
        assert sentence not in explained(of_deep)
    assert "<dfn>residual block</dfn>" in explained(of_deep)
    assert "<dfn>residual block</dfn>" not in explained(tiny)


def test_a_step_of_learning_moves_parameters_and_no_statistic(opened):
    page = opened("&backwards.teach=1")
    page.evaluate("drawFigure(document.querySelector('[data-figure=backwards]'))")
    page.get_by_role("button", name="One step").click()
    expect(page.locator("#backwards .step-part")).to_have_attribute("data-steps", "1")
    page.get_by_text("How far each parameter has moved").click()
    table = page.locator("#backwards .step-part tbody")
    expect(table.get_by_role("rowheader", name="block4.conv_short.W")).to_have_count(1)
    assert not any("running" in row for row in table.inner_text().splitlines())
    assert page.errors == []


def test_places_are_covered_one_after_the_other(opened):
    page = opened()
    page.evaluate("drawFigure(document.querySelector('[data-figure=backwards]'))")
    page.wait_for_selector("#backwards .pixels-part[data-shuffled]")
    page.get_by_role("button", name="Cover one place after the other").click()
    expect(page.locator("#backwards .pixels-part .readout")).to_contain_text("places are covered for your network")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Cover one place after the other")).to_have_count(1)
    assert page.errors == []
