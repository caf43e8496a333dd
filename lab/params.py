"""The schema of lab/params.yaml: what each number that the laboratory measures by may be."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from scratchnet.names import PLAIN
from scratchnet.params import Count, Fraction, NotNegative, Positive, Section, Seed, Size, read

Architecture = Literal[PLAIN]
GateCase = Literal["one_conv", "two_conv", "two_conv_team", "two_conv_clear", "two_conv_pytorch", "mlp", "decode"]


class Sweep(Section):
    """One axis is varied at a time, the others stay as the section above has them."""

    rounds: Count
    turn_seconds: Positive
    batch_size: list[Count]
    width: list[Count]
    size: list[Size]


class Scale(Section):
    """How much work a step is, and what its numbers are drawn from."""

    seed: Seed
    batch_size: Count
    size: Size
    hidden: Count


class Benchmark(Scale):
    width: Count
    rounds: Count
    turn_seconds: Positive
    compile: bool
    sweep: Sweep


class ResultsTolerance(Section):
    first_loss: NotNegative
    loss: NotNegative
    accuracy: NotNegative


class Gate(Scale):
    cases: Annotated[list[GateCase], Field(min_length=1)]
    tolerance: Positive
    drift: Positive
    confidence: Fraction
    resamples: Annotated[int, Field(ge=1000)]
    rounds: Annotated[int, Field(ge=10)]
    crews: Count
    sets: Annotated[int, Field(ge=2)]  # a FAIL has to recur
    turn_seconds: Positive
    least_steps: Annotated[int, Field(ge=2)]
    memory_tolerance: NotNegative
    results: ResultsTolerance

    @field_validator("crews")
    @classmethod
    def _crews_share_the_rounds(cls, crews: int, info: ValidationInfo) -> int:
        rounds = info.data.get("rounds", 0)
        if rounds % (2 * crews):
            raise ValueError(f"{crews} crews cannot share {rounds} rounds in pairs, an order and its reverse")
        return crews


class Gpu(Section):
    arch: Architecture
    batch_size: list[Count]
    steps: Count
    rounds: Count
    workers: Annotated[int, Field(ge=0)]
    sweep_batch_size: list[Count]
    sweep_width: list[Count]
    sweep_size: list[Size]
    pictures: Count
    epochs: Count
    accuracy: Fraction
    seeds: Annotated[int, Field(ge=2)]  # there is no spread in one


class Scaling(Section):
    arch: Architecture
    batch_size: Annotated[list[Count], Field(min_length=1)]
    all_reduce_kib: Annotated[list[Count], Field(min_length=2)]  # two unknowns are fitted to it
    rounds: Count
    turn_seconds: Positive
    pictures: Count
    assumed_hop_us: NotNegative
    assumed_gb_per_second: Positive

    @field_validator("pictures")
    @classmethod
    def _a_batch_is_in_the_file(cls, pictures: int, info: ValidationInfo) -> int:
        largest = max(info.data.get("batch_size", [0]))
        if pictures < largest:
            raise ValueError(f"{pictures} pictures are fewer than the largest batch, {largest}")
        return pictures


class LabParams(Section):
    benchmark: Benchmark
    gate: Gate
    gpu: Gpu
    scaling: Scaling


def load(path: str | Path = "lab/params.yaml") -> LabParams:
    """Read and check lab/params.yaml. Problem with every mistake, one a line."""
    return read(path, LabParams)
