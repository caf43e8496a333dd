"""The figure `network`: a picture comes in by every way, and any number of any layer can be reckoned again."""

import base64
import io

import numpy as np
import pytest
from page_run import complaints, expect
from PIL import Image

from scratchnet.numpy_nn.networks import cnn
from scratchnet.order import as_stored
from scratchnet.photos.decode import decode
from scratchnet.prepared import PreparedSplit
from scratchnet.records import read_arrays

DRAWN = "#network .figure[data-drawn=whole]"
GIVE = """([name, type, base64, way]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([decodeUint8(base64)], name, {type}));
  const target = document.querySelector("#network .figure");
  if (way === "paste") target.dispatchEvent(new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true}));
  else target.dispatchEvent(new DragEvent(way, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""


def photograph(height=120, width=90, form="PNG", **options) -> bytes:
    rng = np.random.default_rng(1)
    row, column = np.mgrid[:height, :width]
    picture = 128 + 60 * np.sin(row / 9)[:, :, None] + 50 * (column > 40)[:, :, None] + rng.normal(0, 9, (1, 1, 3))
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(stream := io.BytesIO(), form, **options)
    return stream.getvalue()


@pytest.fixture
def figure(tiny, page_of):
    """figure(fragment, ...): the page, opened where the figure is, and drawn."""

    def opened(fragment="#network&arch=two_conv&backend=numpy", **context):
        page = page_of(tiny / "plots/page/index.html", fragment, **context)
        page.wait_for_selector(DRAWN)
        page.wait_for_selector("#network .picture-strip .tile")
        return page

    return opened


@pytest.fixture(scope="module")
def numpys(tiny):
    """numpys(picture, arch): every activation of NumPy's network on pixels (size, size, 3), x before and p after."""

    def answers(picture, arch="two_conv"):
        weights, about = read_arrays(tiny / f"models/numpy/{arch}.safetensors")
        network = cnn(arch, about["size"], about["hidden"], np.random.default_rng(0))
        network.load(weights)
        labels, mean, std = np.zeros(1, dtype=np.uint8), np.array(about["mean"]), np.array(about["std"])
        x, _ = PreparedSplit(picture[None], labels, [], mean, std).batch(as_stored(1))
        layers = {"x": x, **network.activations(x)}
        return layers | {"p": 1 / (1 + np.exp(-layers["fc2"].astype(np.float64)))}

    return answers


def pixels_of(page) -> np.ndarray:
    size, numbers = page.evaluate("[CHOSEN.picture.pixels.shape[0], Array.from(CHOSEN.picture.pixels.data)]")
    return np.array(numbers, dtype=np.uint8).reshape(size, size, 3)


def give(page, data, way="drop", name="mine.png", kind="image/png"):
    page.evaluate(GIVE, [name, kind, base64.b64encode(data).decode(), way])


def until(page, condition: str):
    """Playwright's own wait_for_function needs eval, which the page's policy forbids."""
    for _ in range(400):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"10 s were not enough for {condition}")


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("+", "").replace("=", "").replace(",", "").replace(" ", ""))


def numbers(locator) -> np.ndarray:
    return np.array([number(text) for text in locator.all_inner_texts()])


def picked(page) -> str:
    return page.locator("#network .unit h5").inner_text()


def see(page, layer, unit=""):
    page.evaluate("(view) => VIEW.set(view)", {"network.layer": layer, "network.unit": unit or None})


@pytest.mark.parametrize("way", ["drop", "paste", "choose"])
def test_a_picture_comes_in_and_the_network_answers(figure, numpys, way):
    page, data = figure(), photograph()
    if way == "choose":
        file = {"name": "mine.png", "mimeType": "image/png", "buffer": data}
        page.locator("#network input[type=file]").set_input_files(file)
    else:
        give(page, data, way)
    until(page, "CHOSEN.picture.name === 'mine.png'")
    np.testing.assert_array_equal(pixels_of(page), decode(data, 16))
    captions = page.locator("#network .intake-picture").all_inner_texts()
    assert "mine.png 90 × 120 pixels. It stays in this page." in captions[0]
    assert captions[1].startswith("16 × 16 pixels: all that the network sees.")
    dog = numpys(decode(data, 16))["p"].item()
    assert f"dog {100 * dog:.1f}%" in page.locator("#network .verdict").inner_text()
    expect(page.locator("#network .tile[aria-pressed=true]")).to_have_count(0)
    page.wait_for_url("**&picture=own*")
    assert page.errors == []


def test_a_click_on_a_test_picture_chooses_it_and_a_link_brings_it_back(figure):
    page = figure()
    tile = page.locator("#network .picture-strip .tile").nth(3)
    tile.click()
    expect(tile).to_have_attribute("aria-pressed", "true")
    page.wait_for_url("**picture=3*")
    other = figure("#network&picture=3")
    assert other.evaluate("CHOSEN.picture.place") == 3
    np.testing.assert_array_equal(pixels_of(other), pixels_of(page))
    other.evaluate("location.hash = '#network&picture=5'")
    until(other, "CHOSEN.picture.place === 5")


def test_dragged_over_the_page_the_figure_waits(figure):
    page = figure()
    give(page, photograph(), "dragover")
    expect(page.locator("#network .figure.waiting")).to_have_count(1)
    give(page, photograph())
    expect(page.locator("#network .figure.waiting")).to_have_count(0)


def hundred_megapixels() -> bytes:
    Image.new("1", (10_000, 10_000)).save(stream := io.BytesIO(), "PNG")
    return stream.getvalue()


BAD = {
    "notes.txt": (lambda: b"Milk, bread, and a film for the camera.", "This is no picture: its first bytes are not"),
    "half.jpg": (lambda: photograph(form="JPEG")[:900], "The JPEG is cut off: its end is missing."),
    "phone.heic": (lambda: b"\0\0\0\x18ftypheic" + bytes(100), "This is a HEIC or AVIF picture"),
    "poster.png": (hundred_megapixels, "The picture has 10000×10000 pixels; at most"),
    "logo.svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This is a drawing in SVG; convert it"),
    "empty.png": (lambda: b"", "The file has no bytes."),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_gets_one_sentence_and_the_page_goes_on(figure, name):
    page = figure()
    before = page.evaluate("CHOSEN.picture.place")
    make, sentence = BAD[name]
    give(page, make(), name=name, kind="")
    wrong = page.locator("#network [role=alert]")
    until(page, "document.querySelector('#network [role=alert]').textContent")
    assert wrong.inner_text().startswith(f"{name}: {sentence}")
    assert page.evaluate("CHOSEN.picture.place") == before
    give(page, photograph())
    until(page, "CHOSEN.picture.name === 'mine.png'")
    assert wrong.inner_text() == ""
    assert page.errors == []


def test_a_link_or_a_text_is_no_file(figure):
    page = figure()
    for way, sentence in (("drop", "That was no file"), ("paste", "There is no picture in the clipboard.")):
        page.evaluate(
            """(way) => {
              const transfer = new DataTransfer();
              transfer.setData("text/plain", "https://example.org/cat.jpg");
              const how = {dataTransfer: transfer, clipboardData: transfer, bubbles: true, cancelable: true};
              document.body.dispatchEvent(way === "drop" ? new DragEvent(way, how) : new ClipboardEvent(way, how));
            }""",
            way,
        )
        assert page.locator("#network [role=alert]").inner_text().startswith(sentence)


def test_the_camera(figure):
    page = figure()
    page.evaluate("""() => {
      const canvas = make("canvas", {width: 40, height: 30});
      const context = canvas.getContext("2d");
      setInterval(() => { context.fillStyle = "#c83214"; context.fillRect(0, 0, 40, 30); }, 20);
      navigator.mediaDevices.getUserMedia = async () => globalThis.stream = canvas.captureStream();
    }""")
    page.get_by_role("button", name="Use the camera").click()
    until(page, "document.querySelector('#network video')?.videoWidth")
    page.wait_for_timeout(100)
    page.get_by_role("button", name="Take the picture").click()
    until(page, "CHOSEN.picture.name === 'Your photograph'")
    np.testing.assert_allclose(pixels_of(page)[8, 8], [200, 50, 20], atol=3)
    page.wait_for_selector("#network video", state="detached")
    assert page.evaluate("stream.getTracks().every((track) => track.readyState === 'ended')")
    page.evaluate("""() => {
      navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", "NotAllowedError"); };
    }""")
    page.get_by_role("button", name="Use the camera").click()
    until(page, "document.querySelector('#network [role=alert]').textContent.startsWith('The camera may not')")


def test_layers_are_stepped_through_by_keys_and_buttons(figure):
    page = figure("#network&arch=two_conv&network.layer=conv1&network.unit=2.5.6")
    layers = ["conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten", "fc1", "relu_fc1", "fc2", "p"]
    page.locator("#network .steps input:checked").focus()
    for layer in layers:
        assert page.evaluate("VIEW.get('network.layer')") == layer
        expect(page.locator("#network .layer:visible")).to_have_count(1)
        page.keyboard.press("ArrowRight")
    see(page, "pool1", "0.1.1")
    page.get_by_role("button", name="The layer before").click()
    assert picked(page).startswith("relu1[0, ")
    page.get_by_role("button", name="The next layer").click()
    assert picked(page).startswith("pool1[0, 1, 1]")
    page.get_by_label("All layers, one below the other").check()
    expect(page.locator("#network .layer:visible")).to_have_count(12)
    page.wait_for_url("**network.all=1*")
    assert page.errors == []


def test_a_number_is_picked_by_pointer_and_by_keys_and_is_in_the_address(figure, numpys):
    page = figure()
    wanted = numpys(pixels_of(page))["conv1"][0]
    cell = page.locator("#network .layer:visible .cell").nth(5)
    box = cell.locator("canvas").bounding_box()
    cell.click(position={"x": box["width"] * 3.5 / 16, "y": box["height"] * 9.5 / 16})
    assert picked(page) == f"conv1[5, 9, 3] = {wanted[5, 9, 3]:.4f}".replace("-", "−")
    page.locator("#network .layer:visible .pickable").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert picked(page) == f"conv1[5, 10, 4] = {wanted[5, 10, 4]:.4f}".replace("-", "−")
    page.wait_for_url("**network.unit=5.10.4*")
    cell = page.locator("#network .layer:visible .cell").nth(6)
    cell.focus()
    page.keyboard.press("Enter")
    assert picked(page).startswith("conv1[6, 10, 4]")


@pytest.mark.parametrize("unit", [(3, 0, 0), (7, 8, 15)])
def test_the_first_convolution_adds_up_to_numpys_number(figure, numpys, unit):
    page = figure()
    layers = numpys(pixels_of(page))
    see(page, "conv1", ".".join(map(str, unit)))
    rows = page.locator("#network .channel-row")
    expect(rows).to_have_count(3)
    sums = []
    for row in rows.all():
        window, kernel, products = (numbers(table.locator("td")) for table in row.locator("table").all())
        np.testing.assert_allclose(window * kernel, products, atol=5e-4)
        sums.append(number(row.locator(".channel-sum").inner_text().split("\n")[-1]))
        assert products.sum() == pytest.approx(sums[-1], abs=6e-4)
    check_sum_line(page, sums, layers["conv1"][0][unit])
    padded = np.pad(layers["x"][0], ((0, 0), (1, 1), (1, 1)))[:, unit[1] : unit[1] + 3, unit[2] : unit[2] + 3]
    np.testing.assert_allclose(numbers(rows.nth(0).locator("table").nth(0).locator("td")), padded[0].ravel(), atol=6e-5)


def check_sum_line(page, parts, wanted):
    """What is added up in the last line, bias and all, is NumPy's number; parts: those that stand above."""
    line = page.locator("#network .sum-line").last
    addends = numbers(line.locator("b"))
    total = number(line.locator("output").inner_text())
    assert addends.sum() == pytest.approx(total, abs=3e-4)
    assert addends[:-1].sum() == pytest.approx(sum(parts), abs=2e-3)
    assert total == pytest.approx(wanted, abs=1e-4)
    assert number(picked(page).split(" = ")[1]) == pytest.approx(wanted, abs=6e-5)


def test_the_second_convolution_has_a_sum_for_each_of_16_maps(figure, numpys):
    page = figure()
    see(page, "conv2", "9.3.4")
    buttons = page.locator("#network .channel-sums button")
    expect(buttons).to_have_count(16)
    check_sum_line(page, numbers(buttons.locator("b")), numpys(pixels_of(page))["conv2"][0, 9, 3, 4])
    buttons.nth(4).focus()
    page.keyboard.press("Enter")
    assert page.locator("#network .channel-sums [aria-pressed=true] small").inner_text() == "map 4"
    products = numbers(page.locator("#network .channel-row table").nth(2).locator("td"))
    assert products.sum() == pytest.approx(number(buttons.nth(4).locator("b").inner_text()), abs=6e-4)


def test_the_pool_shows_its_four_and_the_winner(figure, numpys):
    page = figure()
    see(page, "pool1", "2.3.1")
    window = numpys(pixels_of(page))["relu1"][0, 2, 6:8, 2:4].ravel()
    cells = page.locator("#network .number-grid td")
    np.testing.assert_allclose(numbers(cells), window, atol=6e-5)
    assert [cell.get_attribute("class") == "winner" for cell in cells.all()] == [k == window.argmax() for k in range(4)]


@pytest.mark.parametrize(("layer", "unit"), [("fc1", 2), ("fc2", 0)])
def test_a_linear_adds_up_to_numpys_number(figure, numpys, layer, unit):
    page = figure()
    see(page, layer, str(unit))
    cells = [numbers(page.locator(f"#network .unit tbody td:nth-child({column})")) for column in (2, 3, 4)]
    np.testing.assert_allclose(cells[0] * cells[1], cells[2], atol=2e-3)
    parts = numbers(page.locator("#network .sum-line").last.locator("b"))[:-1]
    assert cells[2].sum() == pytest.approx(parts[0], abs=1e-3)
    check_sum_line(page, parts, numpys(pixels_of(page))[layer][0, unit])


def test_the_pixel_relu_flatten_and_the_probability(figure, numpys):
    page = figure()
    layers = numpys(pixels_of(page))
    result = page.locator("#network .sum-line output").last
    lowest = np.unravel_index(layers["conv1"].argmin(), layers["conv1"].shape)[1:]
    for layer, unit in {"x": (1, 4, 7), "relu1": lowest, "flatten": (100,), "p": (0,)}.items():
        see(page, layer, ".".join(map(str, unit)))
        wanted = layers[layer][0][tuple(unit)]
        assert number(result.inner_text()) == pytest.approx(wanted, abs=6e-5), layer
    see(page, "flatten", "100")
    assert "flatten[100] = pool2[6, 1, 0]" in page.locator("#network .arithmetic").inner_text()


def test_the_receptive_field_and_where_it_goes_next(figure):
    page = figure()
    see(page, "conv2", "1.3.3")
    captions = page.locator("#network .panel").all_inner_texts()
    assert captions[0] == "It depends on 8 × 8 pixels of the picture."
    assert captions[1].startswith("It sees 3 × 3 numbers of map ")
    assert captions[-1] == "Next: one number of map 1 of relu2 sees it."
    frame = page.locator("#network .panel .picked").first.evaluate("(e) => [e.style.top, e.style.height]")
    assert frame == ["18.75%", "50%"]  # rows 2 to 4 of pool1, 4 to 9 of conv1, pixels 3 to 10
    page.get_by_role("button", name="Go on to relu2[1, 3, 3]").click()
    assert picked(page).startswith("relu2[1, 3, 3]")
    see(page, "pool1", "0.0.4")
    assert (
        "Next: 192 numbers of conv2 see it, 2 × 3 in each of 32 maps." in page.locator("#network .panels").inner_text()
    )
    see(page, "fc1", "1")
    assert page.locator("#network .panel").first.inner_text() == "It depends on the whole picture."


def test_every_number_of_the_layers_is_numpys_in_both_architectures(figure, numpys):
    page = figure()
    for arch in ("one_conv", "two_conv"):
        page.locator("#network label", has_text=arch).click()
        got = page.evaluate(
            """(arch) => Object.entries(answersOf(CHOSEN.picture, arch, "numpy").layers)
              .map(([name, y]) => [name, Array.from(y.data)])""",
            arch,
        )
        wanted = numpys(pixels_of(page), arch)
        assert [name for name, _ in got] == [name for name in wanted if name != "p"]
        for name, y in got:
            np.testing.assert_allclose(y, wanted[name].ravel(), atol=1e-5 * max(1, np.abs(wanted[name]).max()))
    expect(page.locator("#network .steps label")).to_have_count(12)
    page.get_by_role("radio", name="PyTorch").evaluate("(radio) => radio.click()")
    page.wait_for_url("**backend=pytorch*")
    assert "in PyTorch answers with the logit" in page.locator("#network .verdict").inner_text()


def test_a_browser_that_adds_noise_is_told(tiny, page_of):
    page = page_of(tiny / "plots/page/index.html")
    assert page.evaluate("noiseNote()") == ""
    page.evaluate("canvasIsExact = () => false")
    page.evaluate("document.querySelector('#network [data-figure]').scrollIntoView()")
    page.wait_for_selector(DRAWN)
    assert "This browser adds noise" in page.locator("#network .intake").inner_text()


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (360, "dark")])
def test_everybody_can_use_it_in_every_layer(figure, width, scheme):
    page = figure(viewport={"width": width, "height": 900}, color_scheme=scheme)
    give(page, photograph())
    until(page, "CHOSEN.picture.name === 'mine.png'")
    page.get_by_label("All layers, one below the other").check()
    for layer in ("x", "conv2", "pool2", "fc1") if scheme == "light" else ("conv2",):
        see(page, layer)
        assert complaints(page, "#network") == ""
    for layer in ("conv1", "flatten", "fc2", "p"):
        see(page, layer)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
