import numpy as np
from PIL import Image

from lab.setting import draw
from scratchnet.plots.photographs import GAP, contact_sheet
from scratchnet.plots.style import save


def shown(figure) -> np.ndarray:
    return figure.axes[0].images[0].get_array()


def test_pictures_stand_in_rows_in_their_order():
    images = np.arange(5, dtype=np.uint8)[:, None, None, None] + np.zeros((5, 6, 8, 3), dtype=np.uint8)
    sheet = shown(contact_sheet(images, "five", columns=3))
    assert sheet.shape == (6 + GAP + 6, 8 + GAP + 8 + GAP + 8, 3)
    assert (sheet[:6, -8:] == 2).all()
    assert (sheet[-6:, :8] == 3).all()
    assert (sheet[-6:, -8:] == 255).all(), "where there is no picture it is white"
    assert (sheet[6 : 6 + GAP] == 255).all()


def test_fewer_pictures_than_columns_make_one_short_row(tmp_path):
    figure = contact_sheet(np.zeros((2, 8, 8, 3), dtype=np.uint8), "two", columns=10)
    assert shown(figure).shape == (8, 8 + GAP + 8, 3)
    save(figure, tmp_path / "two.png")
    assert (tmp_path / "two.png").read_bytes().startswith(b"\x89PNG")


def test_a_palette_takes_less_than_a_third_and_looks_the_same(tmp_path):
    figure = contact_sheet(draw(64, seed=0), "drawn", columns=4)
    save(figure, tmp_path / "all.png")
    save(figure, tmp_path / "few.png", palette=True)
    with Image.open(tmp_path / "all.png") as full, Image.open(tmp_path / "few.png") as few:
        distance = np.asarray(full.convert("RGB"), dtype=np.int64) - np.asarray(few.convert("RGB"), dtype=np.int64)
    assert np.abs(distance).mean() < 8
    assert (tmp_path / "few.png").stat().st_size < (tmp_path / "all.png").stat().st_size / 3
