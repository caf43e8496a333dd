"""Photographs become arrays: decoded in all cores, freed of copies, split into train, val and test.

Reads the section data of params.yaml, and the photographs that it names. Writes the pictures (data/prepared, with
what could not be used in rejected.csv), how many there are (metrics/prepare_images.json), how long decoding took
(metrics/timing/prepare_images) and a contact sheet of each class (plots/prepare_images).
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter

from scratchnet.names import METRICS, PLOTS, PREPARED, TIMING
from scratchnet.params import load
from scratchnet.photos.prepare import write_prepared
from scratchnet.photos.sources import photographs
from scratchnet.prepared import open_prepared
from scratchnet.problems import run

COLUMNS, ROWS = 10, 6  # of a contact sheet


def main() -> None:
    # pandas and matplotlib load slowly, and every process that decodes loads the top of this file
    from scratchnet.plots.photographs import contact_sheet
    from scratchnet.plots.style import save
    from scratchnet.records import write_metrics
    from scratchnet.timing.machine import machine

    ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter).parse_args()
    data = load().data
    summary = write_prepared(photographs(data), PREPARED, data, workers=machine()["cores"])
    write_metrics(METRICS / "prepare_images.json", summary.metrics())
    write_metrics(TIMING / "prepare_images" / "all.json", summary.timing() | {"device": "cpu", "machine": machine()})
    train = open_prepared(PREPARED)["train"]
    for label, name in enumerate(train.classes):
        images = train.images[(train.labels == label).nonzero()[0][: COLUMNS * ROWS]]
        save(
            contact_sheet(images, f"{name}: the first {len(images)} of the train split", COLUMNS),
            PLOTS / "prepare_images" / f"{name}.png",
            palette=True,
        )


if __name__ == "__main__":
    run(main)
