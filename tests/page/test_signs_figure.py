"""The figure of the vital signs: the numbers of the tables, by pointer and by keyboard, and what is told of the ill."""

import shutil

import pandas as pd
import pytest
from page_run import expect, rows_of, run_stage

from scratchnet.numpy_nn.vital_signs import SIGNS
from scratchnet.page.gather import gather
from scratchnet.records import read_metrics, write_metrics


@pytest.fixture(scope="module")
def page(tiny, shared_page_of):
    page = shared_page_of(tiny / "plots/page/index.html", "#signs")
    page.wait_for_selector("#signs [data-drawn=whole]")
    yield page
    assert page.errors == []


def signs_of(folder, stage="train_numpy_cnn", item="two_conv"):
    return pd.read_csv(folder / f"plots/{stage}/{item}/vital_signs.csv")


def test_every_training_is_there_rounded_with_every_layer_and_sign(tiny, monkeypatch):
    monkeypatch.chdir(tiny)
    found = {one["id"]: one for one in gather()["signs"]}
    assert len(found) == 7
    table, one = signs_of(tiny), found["train_numpy_cnn/two_conv"]
    assert one["name"] == "two_conv, NumPy"
    assert (one["layers"], one["epoch"]) == (["conv1", "conv2", "fc1", "fc2"], [1, 2])
    for sign in SIGNS:
        expected = table.pivot_table(index="layer", columns="epoch", values=sign).to_numpy().tolist()
        for row, wanted in zip(one["signs"][sign], expected, strict=True):
            assert row == pytest.approx(wanted, rel=5e-3)
            assert all(len(f"{number:.9g}".replace("0", "").strip(".e-")) <= 6 for number in row)


@pytest.mark.parametrize(("training", "item"), [("two_conv, NumPy", "two_conv"), ("one_conv, NumPy", "one_conv")])
def test_dead_units_come_first_and_the_numbers_are_those_of_the_table(tiny, page, training, item):
    page.locator("#signs label", has_text=training).click()
    charts = page.locator("#signs .chart")
    expect(charts).to_have_count(4)
    expect(charts.first.locator("figcaption")).to_have_text(f"{training}: dead units")
    table = signs_of(tiny, item=item)
    dead = table.pivot_table(index="epoch", columns="layer", values="dead_units")
    for (epoch, row), shown in zip(dead.iterrows(), rows_of(charts.first), strict=True):
        assert shown[0] == str(epoch)
        assert [float(text.rstrip("%")) for text in shown[1:]] == pytest.approx(100 * row.to_numpy(), abs=0.06)


def test_the_keyboard_reads_every_layer_of_an_epoch(tiny, page):
    page.locator("#signs label", has_text="two_conv, NumPy").click()
    chart = page.locator("#signs .chart").nth(2)
    plot = chart.get_by_role("group", name="two_conv, NumPy: size of gradients. Arrow keys read its numbers.")
    plot.focus()
    for key in ("Home", "ArrowRight"):
        plot.press(key)
    read = chart.locator(".readout").inner_text()
    assert read.startswith("epoch 2: conv1 ")
    last = signs_of(tiny)[lambda table: table["epoch"] == 2]["gradient_rms"]
    told = [float(part.split()[1]) for part in read.removeprefix("epoch 2: ").split(", ")]
    assert told == pytest.approx(last.to_list(), rel=6e-3)
    expect(chart.locator(".cursor path")).to_have_count(4)


def test_a_training_that_died_is_told_of_and_a_zero_has_no_place_on_a_logarithmic_scale(tiny, tmp_path, page_of):
    folder = shutil.copytree(tiny, tmp_path / "run")
    file = folder / "metrics/train_numpy_cnn/two_conv.json"
    results = read_metrics(file)
    results |= {"learned": 0, "died": 1, "diverged": 0}
    results["signs"]["conv2"]["dead_units"] = 1
    write_metrics(file, results)
    table = signs_of(folder)
    table.loc[table["layer"] == "conv1", "gradient_rms"] = 0
    table.to_csv(folder / "plots/train_numpy_cnn/two_conv/vital_signs.csv", index=False)
    run_stage(folder, "page")
    page = page_of(folder / "plots/page/index.html", "#signs&signs.of=train_numpy_cnn/two_conv")
    page.wait_for_selector("#signs [data-drawn=whole]")
    told = page.locator("#signs .health").inner_text()
    assert "two_conv, NumPy: The network has died" in told
    assert "dead_units of conv2" in told
    gradients = page.locator("#signs .chart").nth(2)
    expect(gradients.locator("g[fill] circle")).to_have_count(3 * 2)
    assert rows_of(gradients)[0][1] == "0"
    assert page.errors == []
