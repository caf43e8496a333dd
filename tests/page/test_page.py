"""The page in Chromium: it opens without a word, asks nobody, and everybody can use it."""

import pytest
from page_run import complaints, draw_all, expect

from scratchnet.page.assemble import assemble
from scratchnet.page.gather import gather


@pytest.fixture
def page(tiny, page_of):
    return page_of(tiny / "plots/page/index.html")


def test_it_opens_without_an_error_and_asks_nobody(tiny, page):
    draw_all(page)
    page.wait_for_timeout(100)
    assert page.errors == []
    assert page.requests == [(tiny / "plots/page/index.html").as_uri()]
    assert page.title() == "Your network, taken apart"


def test_the_browser_refuses_to_send(page):
    sent = page.evaluate("fetch('https://localhost:9/').then(() => 'sent', () => 'refused')")
    assert sent == "refused"
    assert "Content Security Policy" in page.errors[0]
    assert not any("localhost" in address for address in page.requests)


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (360, "dark")])
def test_everybody_can_use_it(tiny, page_of, scheme, width):
    size = {"width": width, "height": 900}
    page = page_of(tiny / "plots/page/index.html", viewport=size, color_scheme=scheme)
    draw_all(page)
    assert complaints(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, paper[4:-1].split(","))) < 60) == (scheme == "dark")


def test_the_theme_can_be_turned_and_is_kept(page):
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Turn the page dark").click()
    assert page.evaluate(paper) != light
    page.reload()
    assert page.evaluate(paper) != light
    page.get_by_role("button", name="Turn the page light").click()
    assert page.evaluate(paper) == light


def test_on_a_phone_the_contents_are_a_menu(tiny, page_of):
    page = page_of(tiny / "plots/page/index.html", viewport={"width": 390, "height": 800})
    link = page.get_by_role("link", name="What a step costs")
    assert not link.is_visible()
    page.get_by_role("button", name="Contents").click()
    link.click()
    assert not link.is_visible()
    assert page.locator("#speed h3").is_visible()
    page.wait_for_selector("#speed [data-drawn=whole]")
    page.wait_for_timeout(100)
    assert 0 <= page.locator("#speed h3").bounding_box()["y"] < 200


def test_a_figure_is_drawn_when_a_reader_comes_near(page):
    speed = page.locator("#speed .figure")
    assert speed.get_attribute("data-drawn") is None
    speed.scroll_into_view_if_needed()
    page.wait_for_selector("#speed [data-drawn=whole]")


def test_the_failure_of_a_figure_is_told_in_its_place_and_the_others_go_on(page):
    page.evaluate("""async () => {
      figure("broken", {title: "Broken", draw() { throw new Error("no such layer"); }});
      const element = make("div", {class: "figure", "data-figure": "broken"});
      document.getElementById("run").append(element);
      await drawFigure(element);
    }""")
    assert page.get_by_role("alert").inner_text() == "This figure has failed: no such layer. The others go on."
    draw_all(page)
    assert page.locator("#run table").count() > 0


def test_the_view_is_in_the_address_and_comes_back_from_it(tiny, page_of):
    page = page_of(tiny / "plots/page/index.html", "#speed&speed.arch=one_conv&speed.axis=size")
    page.wait_for_selector("#speed [data-drawn=whole]")
    one_conv = page.locator("#speed").get_by_role("radio", name="one_conv", exact=True)
    assert one_conv.is_checked()
    assert page.get_by_role("radio", name="pixels of a side").is_checked()
    page.locator("#speed label", has_text="two_conv").click()
    page.wait_for_url("**#speed&speed.arch=two_conv&speed.axis=size")
    assert not one_conv.is_checked()
    assert page.locator("#speed figcaption").first.inner_text().startswith("two_conv")
    page.evaluate("location.hash = '#speed&speed.arch=one_conv'")
    page.wait_for_function("document.querySelector('#speed figcaption').textContent.startsWith('one_conv')")
    assert page.get_by_role("radio", name="pictures in a batch").is_checked()
    assert page.evaluate("[VIEW.get('nothing', 3), VIEW.get('speed.arch', 3), VIEW.get('nothing')]") == [3, 3, ""]
    assert page.errors == []


def test_a_chart_is_read_by_keyboard_and_has_a_table_of_its_numbers(page):
    draw_all(page)
    chart = page.locator("#speed figure", has_text="as the work grows")
    chart.locator(".plot").focus()
    page.keyboard.press("ArrowRight")
    assert chart.locator(".readout").inner_text().startswith("pictures in a batch 8: NumPy, fast ")
    page.keyboard.press("End")
    assert chart.locator(".readout").inner_text().startswith("pictures in a batch 512: ")
    chart.get_by_text("The numbers").click()
    expect(chart.locator("tbody tr")).to_have_count(4)
    assert chart.locator("svg title").text_content() == "two_conv: as the work grows"
    assert chart.locator("svg desc").text_content()


def test_numbers_read_as_people_write_them(page):
    texts = page.evaluate("""[
      countText(1234567), numberText(0.0123456), numberText(1234.5), numberText(0), numberText(-0.5),
      percentText(0.9234), durationText(23.76), durationText(506756), durationText(1500), listText(["a", "b", "c"]),
      scaleOf({domain: [0, 10], range: [0, 100]}).ticks,
      scaleOf({domain: [0.05, 2000], range: [0, 1], log: true}).ticks,
    ]""")
    assert texts == [
        "1,234,567", "0.0123", "1,235", "0", "−0.5", "92.3%", "23.8 ms", "8 min 27 s", "1.5 s", "a, b and c",
        [0, 2, 4, 6, 8, 10], [0.1, 1, 10, 100, 1000],
    ]  # fmt: skip


def test_maps_have_grey_for_zero_light_for_positive_and_dark_for_negative(page):
    shades = page.evaluate("""() => {
      const canvas = make("canvas");
      paintMap(canvas, [9, 0, 2, -2], {height: 1, width: 3, largest: 2, offset: 1});
      return Array.from(canvas.getContext("2d").getImageData(0, 0, 3, 1).data);
    }""")
    assert shades == [128, 128, 128, 255, 255, 249, 222, 255, 24, 12, 44, 255]


def test_a_hostile_file_name_is_shown_as_it_is(tiny, tmp_path, monkeypatch, page_of):
    monkeypatch.chdir(tiny)
    run = gather()
    name = "</script><img src=x onerror=alert(1)>.jpg"
    run["data"]["rejected_files"] = [[name, "not_an_image", "<b>It is no picture.</b>"]]
    (tmp_path / "index.html").write_text(assemble(run), "utf-8")
    page = page_of(tmp_path / "index.html")
    draw_all(page)
    page.get_by_text("What could not be used, and why").click()
    assert page.get_by_role("rowheader", name=name).inner_text() == name
    assert page.errors == []
