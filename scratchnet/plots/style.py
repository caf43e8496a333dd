"""One look for every picture: colours that mean the same everywhere, and files that come out equal on every run.

The colours are those of Okabe & Ito, told apart by the colour-blind too (https://jfly.uni-koeln.de/color/).
Importing this module sets matplotlib's defaults, whatever a person has set for other programs.
"""

from pathlib import Path

import matplotlib
from matplotlib.figure import Figure
from PIL import Image

from scratchnet.records import replacing

ORANGE, BLUE, GREEN, VERMILION, PURPLE = "#E69F00", "#0072B2", "#009E73", "#D55E00", "#CC79A7"
INK, GREY = "#222222", "#8A8A8A"

CLASS_COLOURS = (ORANGE, BLUE, GREEN)  # of cat, dog; of class 0, 1, 2
COLOURS = {"numpy": GREEN, "pytorch": VERMILION}
TRAIN, VAL = INK, PURPLE

matplotlib.rcdefaults()
matplotlib.rcParams.update(
    {
        "figure.dpi": 100,
        "savefig.dpi": 150,
        "font.size": 10,
        "axes.titlesize": "medium",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": GREY,
        "axes.labelcolor": INK,
        "xtick.color": GREY,
        "ytick.color": GREY,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "text.color": INK,
        "legend.frameon": False,
    }
)


def short(name: str, letters: int = 12) -> str:
    """A name, cut where a plot has no more room."""
    return name if len(name) <= letters else f"{name[: letters - 1]}…"


def save(figure: Figure, path: str | Path, palette: bool = False) -> None:
    """A PNG, whole or not at all, without the date or the version of the software in it.

    palette: in 256 colours, which takes a quarter of the bytes where photographs are shown.
    """
    with replacing(path) as temporary:
        figure.savefig(temporary, metadata={"Software": None})
        if palette:
            with Image.open(temporary) as picture:
                reduced = picture.convert("RGB").quantize()
            reduced.save(temporary, optimize=True)
