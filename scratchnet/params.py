"""The schema of params.yaml: what every number may be. Its values stand in params.yaml alone.

A stage calls `load` once, before any work. Every mistake in the file is told at once, each with its dotted path.
"""

import difflib
import os
import reprlib
import warnings
from pathlib import Path
from types import NoneType
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, create_model, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from scratchnet.kinds import mistake
from scratchnet.names import ARCHITECTURES, CLASSES
from scratchnet.problems import Problem

SMALLEST_OF_DEEP = 32  # pixels: a batch norm wants more than one number a channel, of one picture too
MAX_BRACKETS = 500  # ruamel's time grows with the square of those that are open
BROKEN = (  # what ruamel raises on what is no YAML
    YAMLError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

Seed = Annotated[int, Field(ge=0, lt=2**32)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Factor = Annotated[float, Field(ge=1, le=4)]  # of a view, either way; larger ones do not fit its whole numbers
Fraction = Annotated[float, Field(gt=0, lt=1)]
Size = Annotated[int, Field(ge=8, le=512, multiple_of=4)]  # of a picture: two 2×2 poolings halve it twice


class Section(BaseModel):
    """Strict: an unknown key, a bool for an int, "3" for 3 and NaN are errors, not guesses."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def whole_path(path: str) -> str:
    """The path from the root on, so that a sentence about it says where it was looked for. ValueError: no such user."""
    try:
        return os.fspath(Path(path).expanduser().absolute())
    except RuntimeError:
        raise ValueError(f"there is no user {Path(path).parts[0][1:]!r}. Write the path from the root on") from None


class Drawn(Section):
    train: Annotated[int, Field(ge=2)]
    val: Annotated[int, Field(ge=2)]
    test: Annotated[int, Field(ge=2)]


class Data(Section):
    source: Literal["drawn", "folder", "oxford_pets"]
    classes: list[str]
    path: str
    download: str
    max_file_mib: Count
    max_rejected_fraction: Annotated[float, Field(ge=0, le=1)]
    size: Size
    seed: Seed
    drawn: Drawn
    test_fraction: Fraction
    val_fraction: Fraction
    limit: Annotated[int, Field(ge=0)]

    @field_validator("classes", mode="before")
    @classmethod
    def _classes_are_two_kinds(cls, classes: object, info: ValidationInfo) -> object:
        if wrong := mistake(classes):
            raise ValueError(wrong)
        source = info.data.get("source", "folder")
        if source != "folder" and tuple(classes) != CLASSES:
            raise ValueError(f"has to be [cat, dog], for data.source {source} has cats and dogs alone")
        return classes

    @field_validator("path")
    @classmethod
    def _folder_has_a_path(cls, path: str, info: ValidationInfo) -> str:
        if info.data.get("source") == "folder" and not path:
            raise ValueError("has to name a directory or a zip, because data.source is folder")
        return path and whole_path(path)

    @field_validator("download")
    @classmethod
    def _downloads_have_a_place(cls, path: str) -> str:
        whole_path(path)
        return path


class Task(Section):
    """One data set of points and the two-layer perceptron that learns it."""

    seed: Seed
    train: Count
    val: Count
    test: Count
    noise: NotNegative
    hidden: Count
    epochs: Count
    batch_size: Count
    learning_rate: Positive
    schedule: Literal["constant", "cosine"]
    weight_decay: NotNegative


class ClassesTask(Task):
    noise: Annotated[float, Field(ge=0.1)]  # the true densities are integrated on a grid, and need some width


class TrainMlp(Section):
    implementation: Literal["clear", "yours"]
    regression_1d: Task
    binary_rings: ClassesTask
    multiclass_blobs: ClassesTask


class TrainLinear(Section):
    seed: Seed
    epochs: Count
    batch_size: Count
    learning_rate: Positive


class Strong(Section):
    """What two views of a picture differ by at most."""

    rotation: Annotated[float, Field(ge=0, le=180)]
    zoom: Factor
    stretch: Factor
    shift: NotNegative
    brightness: Factor
    patch: Annotated[int, Field(ge=0)]


class TrainCnn(Section):
    implementation: Literal["clear", "fast", "yours"]
    dtype: Literal["float32", "float64"]
    seed: Seed
    hidden: Count
    loss: Literal["bce", "mse"]
    label_smoothing: Annotated[float, Field(ge=0, lt=1)]
    optimizer: Literal["adam", "sgd", "muon"]
    learning_rate: Positive
    momentum: Annotated[float, Field(ge=0, lt=1)]
    weight_decay: NotNegative
    schedule: Literal["constant", "cosine"]
    warmup: NotNegative
    batch_size: Count
    epochs: Count
    augment: Literal["none", "flip", "flip_shift", "strong"]
    max_shift: Annotated[int, Field(ge=0)]
    strong: Strong
    keep: Literal["best", "last"]


# Any of the settings of TrainCnn, of which none has to be there.
Otherwise = create_model(
    "Otherwise",
    __base__=Section,
    **{
        name: (field.rebuild_annotation() | None, None)
        for name, field in TrainCnn.model_fields.items()
        if name != "implementation"
    },
)


class OfArch(Section):
    """What a network has otherwise than all."""

    one_conv: Otherwise
    two_conv: Otherwise
    deep: Otherwise


class TrainCuda(Section):
    device: Literal["auto", "cuda", "cpu"]
    input: Literal["resident", "mapped", "image_folder"]
    workers: Annotated[int, Field(ge=0)]
    precision: Literal["float32", "tf32", "bfloat16"]
    memory_format: Literal["contiguous", "channels_last"]
    compile: Literal["none", "inductor", "cuda_graph", "inductor_cuda_graph"]

    @field_validator("compile")
    @classmethod
    def _graphs_read_the_device_alone(cls, compiler: str, info: ValidationInfo) -> str:
        if "graph" in compiler and info.data.get("input") not in (None, "resident"):
            raise ValueError(f"{compiler} wants input: resident, for a graph cannot wait for the disk")
        return compiler


class Checkpoint(Section):
    every_seconds: Positive


class Params(Section):
    archs: list[Literal[ARCHITECTURES]]
    data: Data
    train_mlp: TrainMlp
    train_linear: TrainLinear
    train_numpy_cnn: TrainCnn
    of_arch: OfArch
    train_cuda_cnn: TrainCuda
    checkpoint: Checkpoint

    def cnn(self, arch: str) -> TrainCnn:
        """How one network is trained."""
        return _changed(self.train_numpy_cnn, getattr(self.of_arch, arch))

    def section(self, arch: str) -> str:
        """Where a person changes how this network is trained: its own settings, or those of all."""
        own = getattr(self.of_arch, arch).model_dump(exclude_none=True)
        return f"of_arch.{arch}" if own else "train_numpy_cnn"

    @field_validator("archs")
    @classmethod
    def _each_once(cls, archs: list[str]) -> list[str]:
        if not archs:
            raise ValueError(f"has to name one network at least, of {', '.join(ARCHITECTURES)}")
        if len(set(archs)) < len(archs):
            raise ValueError(f"each network is trained once, not {', '.join(archs)}")
        return archs

    @field_validator("data")
    @classmethod
    def _large_enough(cls, data: Data, info: ValidationInfo) -> Data:
        if "deep" in info.data.get("archs", []) and data.size < SMALLEST_OF_DEEP:
            raise ValueError(f"size is {data.size}, but deep halves pictures four times: {SMALLEST_OF_DEEP} at least")
        return data

    @field_validator("train_numpy_cnn")
    @classmethod
    def _pictures_stay_to_be_seen(cls, cnn: TrainCnn, info: ValidationInfo) -> TrainCnn:
        if "data" in info.data:
            _refuse_beyond_the_picture(cnn, info.data["data"].size)
        return cnn

    @field_validator("of_arch")
    @classmethod
    def _theirs_too(cls, of_arch: OfArch, info: ValidationInfo) -> OfArch:
        if "data" in info.data and "train_numpy_cnn" in info.data:
            for arch in info.data.get("archs", []):
                cnn = _changed(info.data["train_numpy_cnn"], getattr(of_arch, arch))
                _refuse_beyond_the_picture(cnn, info.data["data"].size)
        return of_arch

    @field_validator("train_cuda_cnn")
    @classmethod
    def _lower_precisions_are_of_float32(cls, cuda: TrainCuda, info: ValidationInfo) -> TrainCuda:
        numpy = info.data.get("train_numpy_cnn")
        if numpy is not None and numpy.dtype != "float32" and cuda.precision != "float32":
            raise ValueError(f"precision {cuda.precision} wants train_numpy_cnn.dtype: float32")
        return cuda


def _changed(cnn: TrainCnn, otherwise: Otherwise) -> TrainCnn:
    return cnn.model_copy(update={name: value for name, value in otherwise if value is not None})


def _refuse_beyond_the_picture(cnn: TrainCnn, size: int) -> None:
    if cnn.max_shift >= size:
        raise ValueError(f"max_shift is {cnn.max_shift}, but pictures are {size} pixels wide")
    for name in ("shift", "patch"):
        if cnn.augment == "strong" and (pixels := getattr(cnn.strong, name)) >= size:
            raise ValueError(f"strong.{name} is {pixels:g}, but pictures are {size} pixels wide")


def load(path: str | Path = "params.yaml") -> Params:
    """Read and check params.yaml. Problem with every mistake, one a line."""
    return read(path, Params)


Schema = TypeVar("Schema", bound=Section)


def read(path: str | Path, schema: type[Schema]) -> Schema:
    """Read a YAML file and check it. Problem with every mistake, one a line."""
    try:
        text = Path(path).read_bytes()
        if text.count(b"[") + text.count(b"{") > MAX_BRACKETS:
            raise Problem(f"{path} opens more than {MAX_BRACKETS} brackets, where a few are enough.")
        with warnings.catch_warnings(action="ignore"):  # of two anchors of one name, as YAML allows
            tree = YAML(typ="safe").load(Path(path))
    except FileNotFoundError:
        raise Problem(f"There is no {path} here. Go to the project's root first.") from None
    except BROKEN as error:
        raise Problem(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    try:
        return schema.model_validate(tree if tree is not None else {})
    except ValidationError as error:
        mistakes = [f"  {_sentence(mistake, schema)}" for mistake in error.errors()]
        count = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise Problem("\n".join([f"{path} has {count}:", *mistakes])) from None


def _sentence(mistake: dict, schema: type[Section]) -> str:
    """One of pydantic's errors, with its dotted path, as a sentence."""
    where = ".".join(map(str, mistake["loc"])) or "the file"
    match mistake["type"]:
        case "extra_forbidden":
            return f"{where}: no such key.{_did_you_mean(mistake['loc'], schema)}"
        case "missing":
            return f"{where}: missing."
        case "value_error":
            return f"{where}: {mistake['ctx']['error']}."
        case "model_type":
            return f"{where}: should be a mapping of keys to values, not {_shown(mistake['input'])}."
    return f"{where}: should be {mistake['msg'].removeprefix('Input should be ')}, not {_shown(mistake['input'])}."


def _shown(value: object) -> str:
    """As Python writes it, and shortened where it is long: a few lines of YAML can name each other a billion times."""
    short = reprlib.Repr()
    short.maxlevel, short.maxstring, short.maxother = 2, 200, 200
    try:
        return short.repr(value)
    except ValueError:  # as 0xfff… YAML can write what Python prints in no decimals
        return "a number of thousands of digits"


def _did_you_mean(location: tuple, schema: type[Section]) -> str:
    """The known key that is nearest to the unknown one at the end of `location`, or all that are known."""
    for key in location[:-1]:
        annotation = schema.model_fields[key].annotation
        schema = next((part for part in get_args(annotation) if part is not NoneType), annotation)  # of `X | None`
    close = difflib.get_close_matches(str(location[-1]), schema.model_fields, n=1, cutoff=0.5)
    return f" Did you mean {close[0]}?" if close else f" Known: {', '.join(schema.model_fields)}."
