"""Photographs side by side."""

import numpy as np
from matplotlib.figure import Figure

from scratchnet.plots.style import INK
from scratchnet.prepared import WHITE

GAP = 4  # pixels between two pictures
SHEET_INCHES = 8.0  # its width


def contact_sheet(images: np.ndarray, title: str, columns: int) -> Figure:
    """images (N, H, W, 3) uint8, N at least 1, in rows of `columns`, in their order; the last row may be shorter."""
    sheet = _sheet(images, min(columns, len(images)))
    height, width = sheet.shape[:2]
    figure = Figure(figsize=(SHEET_INCHES, SHEET_INCHES * height / width + 0.4), layout="constrained")
    axes = figure.subplots()
    axes.imshow(sheet, interpolation="lanczos")
    axes.set_title(title, color=INK, loc="left")
    axes.set_axis_off()
    return figure


def _sheet(images: np.ndarray, columns: int) -> np.ndarray:
    """All pictures in one, white where there is none."""
    count, height, width, _ = images.shape
    rows = -(-count // columns)
    cells = np.full((rows * columns, height + GAP, width + GAP, 3), WHITE, dtype=np.uint8)
    cells[:count, :height, :width] = images
    grid = cells.reshape(rows, columns, height + GAP, width + GAP, 3).swapaxes(1, 2)  # rows, height, columns, width
    return grid.reshape(rows * (height + GAP), columns * (width + GAP), 3)[:-GAP, :-GAP]
