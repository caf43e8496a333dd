"""What the stages have written, as the one tree that the page's scripts read as RUN.

What was not run is left out, and told in a sentence in `missing`, with the command that makes it. Nothing in the tree
says where or when it was made: the same run gives the same page.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from scratchnet.kinds import probability_of
from scratchnet.names import (
    BACKENDS,
    BENCHMARK,
    CLASSES,
    CNN_STAGES,
    METRICS,
    MODELS,
    PLAIN,
    PLOTS,
    PREPARED,
    TASKS,
    TIMING,
)
from scratchnet.page.packed import as_json, packed_all, shuffled
from scratchnet.page.perceptrons import perceptron
from scratchnet.page.pictures import pictures
from scratchnet.page.vital_signs import vital_signs
from scratchnet.params import Params, load
from scratchnet.prepared import PreparedSplit, open_prepared
from scratchnet.problems import Problem
from scratchnet.records import read_arrays, read_metrics, read_predictions

SECTIONS = {"data", "train_mlp", "train_linear", "train_numpy_cnn", "train_cuda_cnn"}  # of params.yaml: what was run
LARGEST = 20_000_000  # bytes of the whole page
SHELL = 450_000  # of them for the scripts and what stands around the chapters
REJECTED = 200  # rejected files that are named
RUNG = (
    "label", "backend", "device", "threads", "step_ms", "step_ms_iqr", "images_per_second", "gflops", "limit_share",
    "lines", "measured",
)  # fmt: skip
EPOCH = {"epoch_seconds": "epoch_seconds", "q1": "epoch_seconds_q1", "q3": "epoch_seconds_q3"}


def gather(taken: int = 0) -> dict:
    """RUN, from the files in the working directory, the project's root; taken: bytes that the chapters take."""
    params, missing, notes = load(), [], []
    test = _test_split(missing)
    networks = _networks(params.archs, test, missing)
    run = {
        "made": {"command": "dvc repro", "versions": _versions(networks)},
        "params": _settings(params),
        "classes": list(_classes(test, networks)),
        "perceptrons": _perceptrons(missing),
        "networks": networks,
        "comparison": _comparison(networks, missing),
        "data": _data(params.data.source, missing),
        "speed": _speed(missing),
        "epochs": _epochs(networks),
        "missing": missing,
        "notes": notes,
    }
    run["signs"] = vital_signs(run, params.section)
    if test:
        sides = [side for both in networks.values() for side in both.values()]
        answers = [np.array(side["predictions"]["probability"]) for side in sides]
        run["pictures"] = pictures(test, answers, LARGEST - SHELL - taken - len(as_json(run)))
    if (size := SHELL + taken + len(as_json(run))) > LARGEST:
        notes.append(
            f"The networks of this run are large: this page is about {size / 1e6:.0f} MB, where {LARGEST / 1e6:.0f} MB "
            "would be quick to open and to send."
        )
    return run


def _settings(params: Params) -> dict:
    """What was run, and what a network has otherwise than all, where one has."""
    settings = params.model_dump(include=SECTIONS, exclude={"data": {"path", "download"}})
    of_arch = params.of_arch.model_dump(include=set(params.archs), exclude_none=True)
    otherwise = {arch: theirs for arch, theirs in of_arch.items() if theirs}
    return settings | ({"of_arch": otherwise} if otherwise else {})


def _test_split(missing: list[str]) -> PreparedSplit | None:
    try:
        return open_prepared(PREPARED)["test"]
    except Problem:
        missing.append("There are no prepared pictures: python -m stages.prepare_images")
        return None


def _classes(test: PreparedSplit | None, networks: dict[str, dict[str, dict]]) -> Sequence[str]:
    """The two kinds: of the pictures that are there, else of the first network."""
    if test:
        return test.classes
    return next((_learned(side["about"]) for both in networks.values() for side in both.values()), CLASSES)


def _learned(about: dict) -> tuple[str, ...]:
    """A network of a time when no others could be named is of cats and dogs."""
    return tuple(about.get("classes", CLASSES))


def _there(what: str, command: str, files: list[Path], missing: list[str]) -> bool:
    """Are all the files there? If not, it is told."""
    if all(file.exists() for file in files):
        return True
    missing.append(f"{what}: {command}")
    return False


def _perceptrons(missing: list[str]) -> dict[str, dict]:
    found = {}
    for task in TASKS:
        model, table = MODELS / f"mlp/{task}.safetensors", PLOTS / f"train_mlp/{task}/loss.csv"
        results = METRICS / f"train_mlp/{task}.json"
        if _there(f"{task} was not trained", f"python -m stages.train_mlp {task}", [model, table, results], missing):
            found[task] = perceptron(*read_arrays(model)) | {
                "loss": pd.read_csv(table).to_dict("list"),
                "results": read_metrics(results),
            }
    return found


def _networks(archs: list[str], test: PreparedSplit | None, missing: list[str]) -> dict[str, dict[str, dict]]:
    """[ARCH][BACKEND] of what was trained, on the pictures that are there."""
    networks: dict[str, dict[str, dict]] = {}
    for arch in archs:
        for backend, stage in CNN_STAGES.items():
            what, command = f"{arch} was not trained in {BACKENDS[backend]}", f"python -m stages.{stage} {arch}"
            if not _there(what, command, _files_of(arch, backend), missing):
                continue
            network, names = _network(arch, backend)
            if test and (names, _learned(network["about"])) != (test.names, test.classes):
                missing.append(f"{arch} in {BACKENDS[backend]} learned from other pictures than are there: {command}")
                continue
            networks.setdefault(arch, {})[backend] = network
    return networks


def _files_of(arch: str, backend: str) -> list[Path]:
    """The weights, the filters of every epoch, the results, the timing, the losses, the answers for the test split."""
    stage = CNN_STAGES[backend]
    models = [MODELS / f"{backend}/{arch}{kind}.safetensors" for kind in ("", "_filters")]
    metrics = [folder / stage / f"{arch}.json" for folder in (METRICS, TIMING)]
    return [
        *models,
        *metrics,
        *(PLOTS / f"{stage}/{arch}/{table}.csv" for table in ("loss", "predictions")),
    ]


def _network(arch: str, backend: str) -> tuple[dict, list[str]]:
    """One trained network, and the names of the pictures that it was asked about."""
    model, filters, results, timing, losses, predictions = _files_of(arch, backend)
    weights, about = read_arrays(model)
    classes, answers = _learned(about), read_predictions(predictions)
    network = {
        "about": about,
        "weights": {name: shuffled(array) for name, array in weights.items()},
        "filters": packed_all(read_arrays(filters)[0]),
        "results": read_metrics(results),
        "timing": read_metrics(timing),
        "loss": pd.read_csv(losses).to_dict("list"),
        "predictions": {
            "probability": [float(f"{p:.9g}") for p in answers[probability_of(classes)]],
            "label": [classes.index(name) for name in answers["label"]],
        },
    }
    return network, list(answers["name"])


def _comparison(networks: dict, missing: list[str]) -> dict[str, dict[str, float]]:
    """Of each architecture that both backends have trained: how far apart they are, and how fast."""
    twice = [arch for arch, both in networks.items() if len(both) == len(BACKENDS)]
    file = METRICS / "compare.json"
    if not twice or not _there("The two trainings were not compared", "python -m stages.compare", [file], missing):
        return {}
    compared = read_metrics(file)
    missing += [f"{arch} is in no comparison yet: python -m stages.compare" for arch in twice if arch not in compared]
    return {
        arch: {key: value for key, value in compared[arch].items() if not isinstance(value, dict)}
        for arch in twice
        if arch in compared
    }


def _data(source: str, missing: list[str]) -> dict | None:
    file = METRICS / "prepare_images.json"
    command = "python -m stages.prepare_images"
    if not _there("How many pictures were found is not known", command, [file, PREPARED / "rejected.csv"], missing):
        return None
    counted, rejected = read_metrics(file), pd.read_csv(PREPARED / "rejected.csv", keep_default_na=False)
    return {
        "source": source,
        **counted["images"],
        "splits": counted["split"],
        "rejected_files": rejected.head(REJECTED).to_numpy().tolist(),
    }


def _speed(missing: list[str]) -> dict | None:
    """The ladder of implementations, and how the rivals scale, where the benchmark was run."""
    sweep = PLOTS / "benchmark/sweep.csv"
    if not _there("The speed was not measured here", "python -m stages.benchmark", [BENCHMARK, sweep], missing):
        return None
    measured, scaled = read_metrics(BENCHMARK), pd.read_csv(sweep)
    rungs = [
        {"arch": arch, "name": name} | {key: rung[key] for key in RUNG if key in rung}
        for arch in PLAIN
        for name, rung in measured[arch].items()
        if "step_ms" in rung
    ]
    return {
        "rungs": rungs,
        "sweep": scaled.astype(object).where(scaled.notna(), None).to_dict("records"),
        **{key: measured[key] for key in ("machine", "absent", "setting")},
    }


def _epochs(networks: dict) -> list[dict]:
    """What an epoch's training took, in seconds: the median and the quartiles over the epochs."""
    return [
        {"arch": arch, "backend": backend}
        | {name: side["timing"][key] for name, key in EPOCH.items()}
        | {key: side["timing"][key] for key in ("device", "images_per_second", "machine")}
        for arch, both in networks.items()
        for backend, side in both.items()
    ]


def _versions(networks: dict) -> dict[str, str]:
    """Of the libraries that the first of the networks was trained with."""
    for both in networks.values():
        for side in both.values():
            return side["timing"]["machine"]["versions"]
    return {}
