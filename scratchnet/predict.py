"""Ask a trained network about your own pictures: is it a cat or a dog, or which of the two kinds it has learned?

PATH is a picture, a folder or a zip, and there may be many. The answer is a table (CSV) on standard output, a line for
each picture: path,label,probability_dog, or as the second kind is called. A file that is no usable picture, or a zip
that cannot be read, is told on standard error, and the others go on. A submission has to be whole: there nothing may be
left out.

examples:
  python -m scratchnet predict my/cat.jpg my/album photos.zip
  python -m scratchnet predict --backend pytorch --arch one_conv my/album > answers.csv
  python -m scratchnet predict --submission test1.zip > submission.csv
"""

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from scratchnet.kinds import mistake, probability_of
from scratchnet.memory import cnn_weights
from scratchnet.names import ARCHITECTURES, BACKENDS, CLASSES, MODELS
from scratchnet.numpy_nn.losses import sigmoid
from scratchnet.numpy_nn.networks import cnn
from scratchnet.order import as_stored
from scratchnet.params import load
from scratchnet.photos.decode import Rejection
from scratchnet.photos.files import number
from scratchnet.photos.sources import Photograph, unlabelled
from scratchnet.prepared import PreparedSplit, to_cell
from scratchnet.problems import MIB, Problem
from scratchnet.records import read_arrays

BATCH = 64  # pictures decoded and answered at a time: more photographs than memory holds are no trouble
Forward = Callable[[np.ndarray], np.ndarray]


class Classifier:
    """The network of a file of weights, whichever backend trained it, run by "numpy" or by "pytorch".

    classes: the two kinds that it tells apart, by label.
    """

    def __init__(self, weights_file: str | Path, backend: str):
        self._file = weights_file
        weights, about = read_arrays(weights_file)
        try:
            shape = _, self.size, _ = _shape(weights, about)
            self._mean, self._std = (_of_each_colour(about[name]) for name in ("mean", "std"))
            self.classes = _classes(about)
            self._forward = {"numpy": _in_numpy, "pytorch": _in_pytorch}[backend](shape, weights)
        except (KeyError, ValueError, RuntimeError, TypeError) as error:
            raise Problem(f"{weights_file} does not hold a trained network of this project ({error}).") from None

    def probability(self, pictures: np.ndarray) -> np.ndarray:
        """pictures (N, size, size, 3) uint8 -> (N,) float64, from 0 (surely the first kind) to 1 (surely the second)

        Problem where the answers are no finite numbers.
        """
        split = PreparedSplit(pictures, np.zeros(len(pictures), dtype=np.uint8), [], self._mean, self._std)
        with np.errstate(all="ignore"):  # told below, once
            x, _ = split.batch(as_stored(len(pictures)))
            logits = self._forward(x)[:, 0].astype(np.float64)
        if not np.isfinite(logits).all():
            raise Problem(
                f"The network in {self._file} answers with what is no finite number. Train it anew: dvc repro"
            )
        return sigmoid(logits)


def _shape(weights: dict[str, np.ndarray], about: dict) -> tuple[str, int, int]:
    """arch, size, hidden. ValueError, before memory is taken for a network, where it would have other weights."""
    arch, size, hidden = about["arch"], about["size"], about["hidden"]
    if type(size) is not int or type(hidden) is not int or size < 8 or size % 4:
        raise ValueError(f"no network has the size {size!r} and {hidden!r} hidden units")
    wanted, got = cnn_weights(arch, size, hidden), sum(w.size for w in weights.values())
    if got != wanted or any(w.dtype not in (np.float32, np.float64) for w in weights.values()):
        raise ValueError(f"it should have {wanted} weights, float32 or float64, and has {got} numbers")
    return arch, size, hidden


def _classes(about: dict) -> tuple[str, ...]:
    """ValueError where they are no two kinds. A file that names none is of cats and dogs: others had no name then."""
    classes = about.get("classes", CLASSES)
    if wrong := mistake(classes):
        raise ValueError(f"its classes: {wrong}")
    return tuple(classes)


def _of_each_colour(numbers: list) -> np.ndarray:
    """(3,) float64. ValueError or TypeError where they are not three numbers."""
    return np.array(numbers, dtype=np.float64).reshape(3)


def _in_numpy(shape: tuple[str, int, int], weights: dict[str, np.ndarray]) -> Forward:
    network = cnn(*shape, rng=np.random.default_rng(0), dtype=weights["conv1.W"].dtype)
    network.load(weights)
    return network.infer


def _in_pytorch(shape: tuple[str, int, int], weights: dict[str, np.ndarray]) -> Forward:
    from scratchnet.torch_nn.model import CatDogCNN  # importing torch takes seconds that NumPy users need not wait

    model = CatDogCNN(*shape)
    model.from_numpy(weights)
    return model.answer


def predict(
    classifier: Classifier, photographs: Sequence[Photograph], refused: Callable[[str, str], None]
) -> Iterator[pd.DataFrame]:
    """Tables of path, label and the probability of the second kind, BATCH pictures at a time.

    refused: told the path and the reason of each file that is not a usable picture; the others go on.
    """
    with ThreadPoolExecutor() as pool:  # Pillow lets go of the interpreter's lock while it decodes
        for start in range(0, len(photographs), BATCH):
            batch = photographs[start : start + BATCH]
            paths, pictures = [], []
            decoded = pool.map(partial(Photograph.decode, size=classifier.size), batch)
            for photograph, picture in zip(batch, decoded, strict=True):
                if isinstance(picture, Rejection):
                    refused(photograph.name, picture.detail)
                else:
                    paths.append(photograph.name)
                    pictures.append(picture)
            if pictures:
                yield _table(paths, classifier.probability(np.stack(pictures)), classifier.classes)


def _table(paths: list[str], probability: np.ndarray, classes: Sequence[str]) -> pd.DataFrame:
    labels = np.array(classes)[(probability > 0.5).astype(int)]
    return pd.DataFrame({"path": paths, "label": labels, probability_of(classes): probability})


def submission(predictions: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Kaggle's id,label (1 is a dog, or the second of the classes), in numeric order.

    Problem where a file's name is not a number of its own.
    """
    stems = predictions["path"].map(lambda path: Path(path).stem)
    numbered = stems.str.fullmatch("[0-9]+")
    if not numbered.all():
        odd = predictions["path"][~numbered].iloc[0]
        raise Problem(f"{odd} is not named by a number, as the pictures of Kaggle's test set are (test1/1.jpg).")
    ids = stems.str.lstrip("0").replace("", "0")  # 01 is 1; as text, for a number may be longer than 64 bits hold
    if ids.duplicated().any():
        raise Problem(f"There is more than one picture number {ids[ids.duplicated()].iloc[0]}: name each once.")
    table = pd.DataFrame({"id": ids, "label": (predictions["label"] == classes[1]).astype(int)})
    return table.sort_values("id", key=lambda column: column.map(number))


def main(arguments: Sequence[str]) -> None:
    """The command: python -m scratchnet predict ARGUMENTS."""
    asked = _parse(arguments)
    model = asked.model or MODELS / asked.backend / f"{asked.arch or load().archs[-1]}.safetensors"
    classifier = Classifier(model, asked.backend)

    photographs, tables, left_out = unlabelled(asked.paths, asked.max_file_mib * MIB), [], []

    def refused(path: str, reason: str) -> None:
        left_out.append(path)
        tqdm.write(f"{path} is left out: {reason}", file=sys.stderr)

    with tqdm(total=len(photographs), unit="picture", disable=None) as bar:  # disable=None: only where a person looks
        for table in predict(classifier, photographs, refused):
            bar.update(len(table))
            tables.append(table)
    if not tables:
        raise Problem(f"No usable picture in {', '.join(asked.paths)}.")
    predictions = pd.concat(tables, ignore_index=True)
    if asked.submission and left_out:
        raise Problem(f"Kaggle wants an answer for each picture, and {len(left_out)} cannot be read: {left_out[0]}.")
    if asked.submission:
        predictions = submission(predictions, classifier.classes)
    else:
        predictions["path"] = predictions["path"].map(to_cell)
    predictions.to_csv(sys.stdout, index=False, float_format="%.6f")


def _parse(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser(
        prog="python -m scratchnet predict", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a picture, a folder or a zip")
    parser.add_argument("--backend", choices=BACKENDS, default="numpy", help="who computes (numpy)")
    parser.add_argument("--arch", choices=ARCHITECTURES, help="which network (the last of archs in params.yaml)")
    parser.add_argument("--model", help="a file of weights (models/BACKEND/ARCH.safetensors)")
    parser.add_argument("--submission", action="store_true", help="write Kaggle's id,label in numeric order instead")
    parser.add_argument("--max-file-mib", type=int, default=128, help="a larger file is left out, in MiB (128)")
    return parser.parse_args(arguments)
