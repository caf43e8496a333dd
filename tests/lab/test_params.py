"""lab/params.yaml is read as strictly as params.yaml, by the same reader."""

import pytest
from source_imports import ROOT
from stages_project import change_params

from lab.params import load
from scratchnet.problems import Problem


def nested(dotted: str, value: object) -> dict:
    """nested("gate.crews", 5) -> {"gate": {"crews": 5}}"""
    for key in reversed(dotted.split(".")):
        value = {key: value}
    return value


@pytest.mark.parametrize(
    ("dotted", "value", "sentence"),
    [
        ("benchmark.round", 3, "benchmark.round: no such key. Did you mean rounds?"),
        ("benchmark.sweep.width", 8, "benchmark.sweep.width: should be a valid list, not 8."),
        ("benchmark.sweep.size", [32, 30], "benchmark.sweep.size.1: should be a multiple of 4, not 30."),
        ("gate.crews", 5, "gate.crews: 5 crews cannot share 24 rounds in pairs, an order and its reverse."),
        ("gate.cases", ["mpl"], "gate.cases.0: should be 'one_conv', 'two_conv',"),
        ("gpu.seeds", 1, "gpu.seeds: should be greater than or equal to 2, not 1."),
        ("scaling.pictures", 7, "scaling.pictures: 7 pictures are fewer than the largest batch, 256."),
        ("timing_gate", {}, "timing_gate: no such key."),
    ],
)
def test_each_mistake_gets_a_sentence(tmp_path, dotted, value, sentence):
    (tmp_path / "params.yaml").write_text((ROOT / "lab/params.yaml").read_text())
    change_params(tmp_path, nested(dotted, value))
    with pytest.raises(Problem) as caught:
        load(tmp_path / "params.yaml")
    assert sentence in str(caught.value)
