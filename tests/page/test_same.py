"""The figure same: both networks' answers are NumPy's reckoning of both weights, and what is missing is said."""

import shutil

import numpy as np
import pytest
from numpy_side import network_of, number_in, picture_of
from page_run import complaints, expect, rows_of, run_stage, settle

from scratchnet.numpy_nn.losses import sigmoid
from scratchnet.records import read_metrics

READY = "#same [data-drawn=whole]"


@pytest.fixture
def opened(tiny, page_of):
    def opened(fragment: str = "", **context):
        page = page_of(tiny / "plots/page/index.html", f"#same{fragment}", **context)
        page.wait_for_selector(READY)
        return page

    return opened


def answers(page, folder, arch):
    """NumPy's activations with NumPy's and with PyTorch's weights."""
    x, _ = picture_of(folder, page.evaluate("RUN.pictures.test_index[CHOSEN.picture.place]"))
    return [network_of(folder, arch, backend).activations(x) for backend in ("numpy", "pytorch")]


@pytest.mark.parametrize("arch", ["one_conv", "two_conv"])
def test_logits_probabilities_and_differences_are_numpys(tiny, opened, arch):
    page = opened(f"&arch={arch}")
    both = answers(page, tiny, arch)
    for side, activations in zip(page.locator("#same .twin").all(), both, strict=True):
        logit, share = side.locator("dd").all_inner_texts()
        z = float(activations["fc2"][0, 0])
        assert number_in(logit) == pytest.approx(z, abs=1e-4 * abs(z) + 1e-7)
        assert float(share[:-1]) == pytest.approx(100 * sigmoid(z), abs=1e-2)
    chart = page.locator("#same figure.chart", has_text="how far apart")
    rows = {name: texts[0] for name, *texts in rows_of(chart)}
    layers = [layer for layer in both[0] if layer != "flatten"]
    assert [name.split(",")[0] for name in rows] == layers
    for (name, text), layer in zip(rows.items(), layers, strict=True):
        a, b = (activations[layer] for activations in both)
        largest = float(np.abs(a).max())
        assert number_in(name.split("largest value ")[1]) == pytest.approx(largest, rel=6e-3)
        difference = text.split(", or")[0]
        wanted = np.abs(a - b).max()
        got = 0 if difference == "none" else number_in(difference)
        assert got == pytest.approx(wanted, rel=0.06, abs=1e-4 * largest)
    assert page.errors == []


def test_the_difference_of_each_layer_to_the_digit(tiny, opened):
    page = opened("&arch=two_conv")
    both = answers(page, tiny, "two_conv")
    got = page.evaluate("""layerDifferences(TWINS.map((backend) => answersOf(CHOSEN.picture, "two_conv", backend)))
      .map(({layer, difference, largest}) => [layer, difference, largest])""")
    for layer, difference, largest in got:
        a, b = (activations[layer] for activations in both)
        assert largest == pytest.approx(float(np.abs(a).max()), rel=1e-4)
        assert difference == pytest.approx(float(np.abs(a - b).max()), abs=1e-4 * largest)


def test_the_gap_of_the_losses_is_that_of_the_comparison(tiny, opened):
    page = opened("&arch=two_conv")
    compared = read_metrics(tiny / "metrics/compare.json")["two_conv"]
    gap = page.evaluate("""() => {
      const [one, other] = TWINS.map((backend) => RUN.networks.two_conv[backend].loss);
      const gaps = (key) => one[key].map((loss, k) => Math.abs(loss - other[key][k]));
      return Math.max(...gaps("train_loss"), ...gaps("val_loss"));
    }""")
    assert gap == pytest.approx(compared["loss_gap"], rel=1e-6)
    why = page.locator("#same .why-apart").inner_text()
    first, all_of_it = (why.split(after)[1] for after in ("the losses were ", "never more than "))
    assert number_in(first.split(" apart")[0]) == pytest.approx(compared["loss_gap_first_epoch"], rel=0.06)
    assert number_in(all_of_it.split(". ")[0]) == pytest.approx(compared["loss_gap"], rel=0.06)
    titles = page.locator("#same figure.chart figcaption").all_inner_texts()
    assert titles[1:] == ["two_conv: the losses of both", "two_conv: the gap between them"]


def test_three_orders_of_one_sum(opened):
    page = opened()
    numbers = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    got = page.evaluate(
        "(numbers) => [inOrder, inHalves].map((add) => add(Float32Array.from(numbers)))", numbers.tolist()
    )
    total = np.float32(0)
    for number in numbers:
        total += number
    assert got[0] == float(total)
    assert got[1] == pytest.approx(float(numbers.astype(np.float64).sum()), rel=1e-5)
    expect(page.locator("#same .three-sums tbody tr")).to_have_count(3)


def test_the_maps_of_a_layer_are_chosen_and_the_link_brings_them_back(opened):
    page = opened("&arch=two_conv&same.layer=pool2")
    assert page.get_by_role("radio", name="pool2").is_checked()
    expect(page.locator("#same .twin-strip")).to_have_count(3)
    page.locator("#same label", has_text="relu1").click()
    page.wait_for_url("**same.layer=relu1")
    assert page.get_by_role("radio", name="relu1").is_checked()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("radio", name="pool1", exact=True).is_checked()
    page.locator("#same").get_by_role("button", name="The next test picture").click()
    name = page.evaluate("RUN.pictures.names[CHOSEN.picture.place]")
    page.locator("#same .chosen-name", has_text=name).wait_for()
    assert page.get_by_role("radio", name="pool1", exact=True).is_checked()
    assert page.errors == []


@pytest.mark.parametrize("gone", ["models/pytorch", "models/pytorch/two_conv.safetensors", "data"])
def test_what_is_missing_is_said(tiny, tmp_path, page_of, gone):
    folder = shutil.copytree(tiny, tmp_path / "run")
    shutil.rmtree(folder / gone) if (folder / gone).is_dir() else (folder / gone).unlink()
    run_stage(folder, "page")
    page = page_of(folder / "plots/page/index.html", "#same")
    page.wait_for_selector("#same [data-drawn=absent], #same [data-drawn=whole]")
    text = page.locator("#same .figure").inner_text()
    if gone == "models/pytorch":
        assert "two_conv was not trained in PyTorch: python -m stages.train_cuda_cnn two_conv" in text
    elif gone == "data":
        assert "There are no prepared pictures in this run." in text
        expect(page.locator("#same figure.chart")).to_have_count(2)
    else:
        assert "two_conv is there in NumPy alone. two_conv was not trained in PyTorch" in text
        expect(page.locator("#same .twin")).to_have_count(2)
    assert page.errors == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 360)])
def test_everybody_can_use_it(opened, scheme, width):
    page = opened("&arch=two_conv", viewport={"width": width, "height": 900}, color_scheme=scheme)
    for folded in page.locator("#same summary").all():
        folded.click()
    settle(page)
    assert complaints(page, "#same") == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
