"""The figure backwards: the gradients that it shows are NumPy's, and the sums behind them; occlusion; one step."""

import re

import numpy as np
import pytest
from numpy_side import gradients_of, network_of, number_in, picture_of
from page_run import complaints, expect, settle

from scratchnet.numpy_nn.losses import BinaryCrossEntropy, sigmoid
from scratchnet.numpy_nn.optimizers import SGD

TOLERANCE = 1e-4  # of the layer's largest value
READY = "#backwards [data-shuffled]"
STATE = """() => {
  const [arch, backend] = chosenNetwork();
  return {arch, backend, test_index: RUN.pictures.test_index[CHOSEN.picture.place]};
}"""


@pytest.fixture
def opened(tiny, page_of):
    """opened(fragment): the page with the figure drawn, NumPy's network for it, x and the label."""

    def opened(fragment: str = "", **context):
        page = page_of(tiny / "plots/page/index.html", f"#backwards{fragment}", **context)
        page.wait_for_selector(READY)
        settle(page)
        state = page.evaluate(STATE)
        network = network_of(tiny, state["arch"], state["backend"])
        return page, network, *picture_of(tiny, state["test_index"])

    return opened


def shown_total(page) -> float:
    return number_in(page.locator("#backwards .sum-total").inner_text().split(" = ")[-1])


def shown_at(page, layer: str, index: int) -> float:
    page.evaluate("at => VIEW.set({'backwards.at': at})", f"{layer}.{index}")
    return shown_total(page)


@pytest.mark.parametrize(("arch", "of"), [("one_conv", "z"), ("two_conv", "z"), ("two_conv", "0"), ("two_conv", "1")])
def test_every_shown_sum_is_the_gradient_that_numpy_gives(opened, arch, of):
    page, network, x, _ = opened(f"&arch={arch}&backwards.of={of}")
    dy = np.ones((1, 1), dtype=np.float32)
    if of != "z":
        _, dy = BinaryCrossEntropy()(network.forward(x), np.array([int(of)]))
    wanted = gradients_of(network, x, dy)
    rng = np.random.default_rng(0)
    for layer, gradient in wanted.items():
        if layer == "flatten":
            continue
        largest = float(np.abs(gradient).max())
        places = [np.abs(gradient).argmax(), *rng.integers(gradient.size, size=4)]  # often 0, at an edge, no winner
        for index in places:
            got = shown_at(page, layer, int(index))
            assert got == pytest.approx(gradient.flat[index], abs=TOLERANCE * largest + 1e-12), (layer, index)
    assert page.errors == []


def test_the_terms_of_a_sum_make_the_sum(opened):
    page, *_ = opened("&arch=two_conv")
    sums = page.evaluate("""() => {
      const backwards = gradientsOf(CHOSEN.picture, chosenNetwork(), "z");
      const {network, answers, gradients} = backwards;
      return Object.entries(gradients).filter(([layer]) => layer !== "flatten").flatMap(([layer, {data}]) =>
        Array.from(data, (dx, index) => [dx, gradientSum(network, answers, gradients, {layer, index}).sum]));
    }""")
    got = np.array(sums)
    np.testing.assert_allclose(got[:, 1], got[:, 0], atol=1e-6 * np.abs(got).max())
    assert (got[:, 0] == 0).any()
    assert (got[:, 0] != 0).sum() > 1000


def test_a_number_is_picked_by_pointer_and_keys_and_followed_back(opened):
    page, network, x, _ = opened("&arch=two_conv&backwards.at=x.0")
    title = page.locator("#backwards .detail h4")
    assert title.inner_text() == "the pixels, red, row 1, column 1"
    page.locator("#backwards .pickable").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert title.inner_text() == "the pixels, red, row 2, column 2"
    wanted = gradients_of(network, x, np.ones((1, 1), dtype=np.float32))
    size = x.shape[-1]
    assert shown_total(page) == pytest.approx(wanted["x"][0, 0, 1, 1], abs=TOLERANCE * float(np.abs(wanted["x"]).max()))
    page.get_by_role("button", name="follow the gradient to conv1").first.click()
    assert title.inner_text().startswith("conv1, map ")
    assert title.inner_text().endswith(", row 2, column 2")
    assert page.evaluate("document.activeElement.tagName") == "H4"
    for layer in ("relu1", "pool1"):
        page.get_by_role("button", name=f"follow the gradient to {layer}").click()
        assert title.inner_text().startswith(layer)
    rung = page.locator("#backwards .rung[data-layer=conv1]")
    box = rung.locator("canvas").bounding_box()
    page.mouse.click(box["x"] + 1, box["y"] + 1)
    assert title.inner_text() == "conv1, map 1, row 1, column 1"
    assert rung.get_attribute("aria-pressed") == "true"
    rung.focus()
    page.keyboard.press("Enter")
    at = np.unravel_index(np.abs(wanted["conv1"][0]).argmax(), wanted["conv1"].shape[1:])
    assert title.inner_text() == "conv1, map {}, row {}, column {}".format(*(int(k) + 1 for k in at))
    page.wait_for_url(f"**backwards.at=conv1.{(at[0] * size + at[1]) * size + at[2]}")
    assert page.errors == []


def test_another_picture_and_another_network_are_followed(opened):
    page, *_ = opened("&arch=two_conv&backwards.at=fc2.0")
    page.locator("#backwards").get_by_role("button", name="The next test picture").click()
    name = page.evaluate("RUN.pictures.names[CHOSEN.picture.place]")
    page.locator("#backwards .chosen-name", has_text=name).wait_for()
    page.locator("#backwards label", has_text="one_conv").click()
    page.locator("#backwards .rung[data-layer=conv2]").wait_for(state="detached")
    page.locator("#backwards label", has_text="the loss, if the truth is dog").click()
    page.locator("#backwards .sum-total", has_text="∂L").wait_for()
    assert page.errors == []


def test_the_saliency_maps_are_told_with_their_likeness(opened):
    page, *_ = opened()
    likeness = page.locator("#backwards .likeness")
    assert "rank correlation of" in likeness.inner_text()
    rho = page.evaluate("""[
      rankCorrelation([1, 2, 3, 4], [10, 20, 30, 45]), rankCorrelation([1, 2, 3], [3, 2, 1]),
      rankCorrelation([1, 1, 2, 5, 3], [2, 3, 3, 9, 1]), rankCorrelation([0, 0, 0], [1, 2, 3]),
    ]""")
    assert rho[:2] == [1, -1]
    ranks = np.array([[1.5, 1.5, 3, 5, 4], [2, 3.5, 3.5, 5, 1]])
    assert rho[2] == pytest.approx(np.corrcoef(ranks)[0, 1])
    assert np.isnan(rho[3])
    page.get_by_role("button", name="Shuffle again").click()
    page.wait_for_selector("#backwards [data-shuffled='2']")


def test_the_occlusion_map_is_drawn_as_it_is_computed_and_can_be_stopped(opened):
    page, network, x, _ = opened("&arch=two_conv")
    page.evaluate("""() => {
      globalThis.forwards = 0;
      const forward = Network.prototype.forward;
      globalThis.slow = 20;
      Network.prototype.forward = function (x) {
        for (const began = performance.now(); performance.now() - began < slow;);
        forwards++;
        return forward.call(this, x);
      };
    }""")
    page.get_by_role("button", name="Cover one place after the other").click()
    page.locator("#backwards .readout", has_text=re.compile(r"[1-9]\d of 196")).wait_for()
    canvas = "document.querySelector('#backwards [aria-label=\"occlusion map of your network\"]').toDataURL()"
    half = page.evaluate(canvas)
    page.get_by_role("button", name="Stop").click()
    page.locator("#backwards .readout", has_text="Stopped.").wait_for()
    stopped = page.evaluate("forwards")
    page.wait_for_timeout(100)
    assert page.evaluate("forwards") == stopped
    assert stopped < 196
    page.evaluate("slow = 0")
    page.get_by_role("button", name="Cover one place after the other").click()
    page.locator("#backwards .readout", has_text="All places are covered.").wait_for()
    assert page.evaluate(canvas) != half
    told = page.locator("#backwards figcaption", has_text="occlusion of your network").inner_text()
    whole = network.forward(x)[0, 0]
    drops = {}
    for r, s in np.ndindex(14, 14):
        covered = x.copy()
        covered[:, :, r : r + 3, s : s + 3] = 0
        drops[r, s] = whole - network.forward(covered)[0, 0]
    (r, s), drop = max(drops.items(), key=lambda item: abs(item[1]))
    assert f"with the square at row {r + 1}, column {s + 1} " in told
    assert float(told.split(" it is ")[-1].replace("−", "-")) == pytest.approx(whole - drop, rel=5e-3)
    assert page.errors == []


@pytest.mark.parametrize("label", [0, 1])
def test_a_step_teaches_and_put_back_restores_to_the_bit(opened, label):
    page, network, x, _ = opened(f"&arch=two_conv&backwards.teach={label}")
    part = page.locator("#backwards .step-part")
    page.evaluate("""() => {
      const load = Network.prototype.load;
      Network.prototype.load = function (params) { globalThis.stepped = this; return load.call(this, params); };
    }""")
    params = "Object.values(stepped.params).map(({data}) => Array.from(data))"
    logit = network.forward(x)[0, 0]
    assert f"logit {logit:.3f}".replace("-", "−")[:11] in part.locator(".step-told").inner_text()
    for steps in (1, 2):
        _, dlogit = BinaryCrossEntropy()(network.forward(x), np.array([label]))
        network.backward(dlogit)
        SGD(10**-3.5).step(network.params, network.grads)
        part.get_by_role("button", name="One step").click()
        page.wait_for_selector(f"#backwards .step-part[data-steps='{steps}']")
    after = network.forward(x)[0, 0]
    assert (after > logit) == (label == 1)
    told = part.locator(".step-told").inner_text()
    to = number_in(told.split(", the logit from ")[1].split(",")[0].split(" to ")[1])
    assert to == pytest.approx(after, rel=5e-3)
    share = part.locator("svg.track").get_attribute("aria-label").split("after 2 steps ")[1]
    assert float(share.split("%")[0]) == pytest.approx(100 * sigmoid(after), abs=0.06)
    part.get_by_text("How far each parameter has moved").click()
    expect(part.locator("tbody tr")).to_have_count(len(network.params))
    part.get_by_role("button", name="Put back").click()
    page.wait_for_selector("#backwards .step-part[data-steps='0']")
    kept = page.evaluate("Object.values(networkOf(...chosenNetwork()).params).map(({data}) => Array.from(data))")
    assert page.evaluate(params) == kept
    assert page.errors == []


def test_sentences_and_numbers(opened):
    page, *_ = opened("&arch=two_conv")
    told = page.evaluate(
        """stepTold({probability: 0.5, logit: 0, loss: 0.69}, {probability: 0.1, logit: -2, loss: 2}, 1)"""
    )
    assert told.startswith("After 1 step: from 50.0% to 10.0% dog")
    assert "try a smaller rate" in told
    texts = page.evaluate("""[gradientText(0.0123), gradientText(-0.0000123456), gradientText(0), gradientText(1234.5),
      unitOf([0.0012, -0.02]).text(0.0123), unitOf([0.0012, -0.02]).name, unitOf([3, -0.02]).name,
      sumText(["1", "−2", "3"])]""")
    assert texts == ["0.0123", "−1.23 · 10⁻⁵", "0", "1,235", "1.23", ", in 10⁻²", "", "1 − 2 + 3"]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 360)])
def test_everybody_can_use_it(opened, scheme, width):
    page, *_ = opened("&arch=two_conv", viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.locator("#backwards .step-part").get_by_role("button", name="One step").click()
    page.wait_for_selector("#backwards .step-part[data-steps='1']")
    page.get_by_role("button", name="Cover one place after the other").click()
    page.locator("#backwards .readout", has_text="All places are covered.").wait_for()
    for layer in ("x", "conv1", "relu1", "pool2", "relu_fc1", "fc2") if scheme == "light" else ("x", "fc2"):
        page.evaluate("at => VIEW.set({'backwards.at': at})", f"{layer}.0")
        assert complaints(page, "#backwards") == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
