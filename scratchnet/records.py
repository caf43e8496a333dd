"""Results on disk, each file written whole or not at all.

Every writer fills a temporary file beside the target and renames it over the target (`os.replace`, atomic on
POSIX and on Windows), so that a killed run leaves the old file or the new one, never half of either.
"""

import json
import math
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from scratchnet.problems import Problem, told_when_full


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary path to write to; it becomes `path` when the block ends well, and vanishes when it does not.

    Problem where the disk is full.
    """
    path = Path(path)
    with told_when_full(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=temporary_prefix(path), suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o644)  # mkstemp gives 0600
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def temporary_prefix(path: Path) -> str:
    """How the names of the temporary files begin that become `path`: a process killed outright leaves one."""
    return f".{path.name}."


def write_text(path: str | Path, text: str) -> None:
    """UTF-8 with line feeds, on every system: so that a result has the same bytes everywhere."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_metrics(path: str | Path, metrics: Mapping) -> None:
    """Nested dicts of finite numbers and strings as JSON. ValueError on lists, None, NaN: DVC drops or garbles them."""
    _refuse_what_dvc_drops(metrics, str(path))
    write_text(path, json.dumps(metrics, indent=2) + "\n")


def read_metrics(path: str | Path) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _refuse_what_dvc_drops(value, where: str) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _refuse_what_dvc_drops(inner, f"{where}: {key}")
    elif not isinstance(value, int | float | str) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{where} is {value!r}; a metric is a finite number or a string")


def write_table(path: str | Path, table: pd.DataFrame) -> None:
    """A CSV with a header; floats with all their digits, so that reading gives the same numbers back."""
    write_text(path, table.to_csv(index=False, lineterminator="\n"))


def read_predictions(path: str | Path) -> pd.DataFrame:
    """What `experiment` tells of each test picture. A name stays a text, also where it is 7 or null."""
    names = dict.fromkeys(("name", "label", "predicted"), str)
    return pd.read_csv(path, converters=names, keep_default_na=False)  # which are taken for no text even so


def write_arrays(path: str | Path, arrays: Mapping[str, np.ndarray], about: Mapping[str, object]) -> None:
    """Named arrays as safetensors, with a JSON description `about` them in the header."""
    with replacing(path) as temporary:
        temporary.write_bytes(arrays_as_bytes(arrays, about))


def arrays_as_bytes(arrays: Mapping[str, np.ndarray], about: Mapping[str, object]) -> bytes:
    """The file that `write_arrays` writes."""
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    return save(contiguous, metadata={"about": json.dumps(about)})


def read_arrays(path: str | Path) -> tuple[dict[str, np.ndarray], dict]:
    """The arrays and their description. Problem where the file is missing, or is not as `write_arrays` writes it."""
    try:
        with safe_open(path, framework="numpy") as file:
            about = json.loads(file.metadata()["about"])
            if not isinstance(about, dict):
                raise TypeError(f"its description is {about!r}")
            return {name: file.get_tensor(name) for name in file.keys()}, about  # noqa: SIM118
    except FileNotFoundError:
        raise Problem(f"There is no {path}. dvc repro trains the networks that archs in params.yaml names.") from None
    except (SafetensorError, OSError, TypeError, KeyError, ValueError, RecursionError) as error:
        raise Problem(f"{path} is not a file of weights that this project wrote ({error}).") from None
