"""What is wrong with a set of photographs: copies, odd files, and labels that a network doubts.

DATA is a folder or a zip; without it, the prepared pictures are looked at. Writes tables of names and hashes to
report/audit, which git ignores, and no picture unless --sheet asks for it:

  copies.csv           pictures that are the same or look the same, and in which splits they are
  odd_files.csv        what cannot be read, and pictures of an unusual size, shape, kind or name
  doubted_labels.csv   labels that networks find improbable which were trained without them
  summary.json         how many of each

The doubts take minutes: how many is said before. Ctrl-C ends it, and the tables that are there by then stay.

Example: python -m scratchnet audit train.zip --folds 4 --epochs 10
"""

import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from scratchnet.audit.collection import UNKNOWN, Collection, of_photographs, of_prepared
from scratchnet.audit.doubts import cross_validate, doubts, folds
from scratchnet.audit.tables import (
    copies_numbers,
    copies_table,
    doubts_numbers,
    doubts_table,
    odd_numbers,
    odd_table,
    summary,
)
from scratchnet.names import ARCHITECTURES, PREPARED
from scratchnet.numpy_fast.team import Team
from scratchnet.params import TrainCnn, load, whole_path
from scratchnet.photos.near import can_hash, near_groups
from scratchnet.photos.prepare import mean_and_std
from scratchnet.photos.sources import folder
from scratchnet.prepared import PreparedSplit
from scratchnet.problems import MIB, Problem
from scratchnet.records import write_metrics, write_table
from scratchnet.timing.machine import cores, machine

SHOWN = 60  # pictures on a sheet
COLUMNS = 10
CHUNK = 512  # pictures whose mean is taken at a time


def main(arguments: Sequence[str]) -> None:
    """The command: python -m scratchnet audit ARGUMENTS."""
    asked = _parse(arguments)
    if asked.sheet:
        _refuse_pictures_in_git(asked.out)
    if not can_hash():
        raise Problem("Near duplicates cannot be found, for ImageHash is missing: pip install ImageHash")
    params, begun = load(), perf_counter()
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.out, prefix=".pictures.") as temporary:
        collection = _collection(asked, params.data, Path(temporary, "all.npy"))
        groups = near_groups(collection.bits)
        numbers = _files(collection, groups, asked)
        if asked.folds:
            settings = params.cnn(asked.arch).model_copy(update={"epochs": asked.epochs})
            numbers["labels"] = _labels(collection, groups, asked, settings)
    numbers["seconds"] = round(perf_counter() - begun, 1)
    write_metrics(asked.out / "summary.json", numbers | {"machine": machine()})
    print(f"{summary(numbers)}\nThe tables are in {asked.out}.")


def _collection(asked: Namespace, data, scratch: Path) -> Collection:
    if asked.data is None:
        return of_prepared(PREPARED, scratch)
    try:
        path = Path(whole_path(asked.data))
    except ValueError as error:
        raise Problem(f"{asked.data}: {error}.") from None
    photographs = folder(path, data.max_file_mib * MIB, classes=data.classes)
    return of_photographs(photographs, data.classes, data.size, scratch, cores())


def _files(collection: Collection, groups: np.ndarray, asked: Namespace) -> dict:
    """Writes the tables of copies and odd files; the numbers."""
    table = copies_table(collection, groups)
    write_table(asked.out / "copies.csv", table)
    write_table(asked.out / "odd_files.csv", odd_table(collection))
    if asked.sheet and len(table):
        _sheet(collection, table.index.to_numpy(), "Pictures that look the same", asked.out / "copies.png")
    kinds = {"of": dict(sorted(collection.kinds.items()))} if collection.kinds else {}
    files = {"pictures": len(collection), **kinds, "odd": odd_numbers(collection)}
    return {"files": files, "copies": copies_numbers(collection, groups)}


def _labels(collection: Collection, groups: np.ndarray, asked: Namespace, params: TrainCnn) -> dict:
    """Writes the table of doubted labels, after every fold anew; the numbers."""
    fold = folds(groups, collection.labels, asked.folds, params.seed)
    whole = PreparedSplit(collection.images, collection.labels, [], *_colours(collection), params.dtype)
    probability = np.full(len(collection), np.nan)
    team = Team(cores() if params.implementation == "fast" else 1)
    numbers = {"folds": asked.folds, "epochs": asked.epochs, "network": asked.arch}
    with threadpool_limits(1), tqdm(total=asked.folds * asked.epochs, desc="training", unit=" epochs") as bar:
        for _, _, answers in cross_validate(whole, fold, asked.arch, params, team, _tell_time):
            bar.update()
            if answers is not None:
                probability[answers[0].astype(np.int64)] = answers[1]
                rows = np.nonzero(~np.isnan(probability))[0]
                found = doubts(probability[rows], collection.labels[rows])
                table = doubts_table(collection, rows, found)
                write_table(asked.out / "doubted_labels.csv", table)
    if asked.sheet and len(table):
        _sheet(collection, table.index.to_numpy(), "The most doubted labels", asked.out / "doubted_labels.png")
    return numbers | doubts_numbers(collection, rows, found)


def _tell_time(seconds: float) -> None:
    print(f"Training takes about {max(1, round(seconds / 60))} min on this machine. Ctrl-C ends it.", file=sys.stderr)


def _colours(collection: Collection) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the colours of all pictures with a label."""
    rows = np.nonzero(collection.labels != UNKNOWN)[0]
    return mean_and_std(collection.images[rows[start : start + CHUNK]] for start in range(0, len(rows), CHUNK))


def _sheet(collection: Collection, rows: np.ndarray, title: str, path: Path) -> None:
    from scratchnet.plots.photographs import contact_sheet  # matplotlib loads slowly
    from scratchnet.plots.style import save

    save(contact_sheet(collection.images[rows[:SHOWN]], title, COLUMNS), path)


def _refuse_pictures_in_git(out: Path) -> None:
    """Other people's photographs may not be published by accident."""
    asking = ["git", "check-ignore", "--quiet", str(out / "copies.png")]
    if subprocess.run(asking, stderr=subprocess.DEVNULL, check=False).returncode == 1:
        raise Problem(f"{out} is in the repository, and photographs do not belong there. Name another with --out.")


def _parse(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser(
        prog="python -m scratchnet audit", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("data", nargs="?", metavar="DATA", help="a folder or a zip (the prepared pictures)")
    parser.add_argument("--folds", type=int, default=4, help="networks that are trained; 0: no labels (4)")
    parser.add_argument("--epochs", type=int, default=10, help="of each of them (10)")
    parser.add_argument("--arch", choices=ARCHITECTURES, default="two_conv", help="which network (two_conv)")
    parser.add_argument("--out", type=Path, default=Path("report/audit"), help="where to write (report/audit)")
    parser.add_argument("--sheet", action="store_true", help="write contact sheets too; they show photographs")
    asked = parser.parse_args(arguments)
    if asked.folds == 1 or asked.folds < 0 or asked.epochs < 1:
        raise Problem("--folds has to be 2 or more, or 0 for no labels at all, and --epochs 1 or more.")
    return asked
