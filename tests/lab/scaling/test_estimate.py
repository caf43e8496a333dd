"""The estimate for many processes, against numbers worked out by hand."""

import numpy as np
import pytest

from lab.scaling.estimate import Expected, Link, expected, fitted, share, shares
from lab.scaling.page import scaling_table
from scratchnet.problems import Problem

MEASURED = {  # two processes on one machine: 1 MB of gradients, 100 µs and 0.5 GB/s from one to the other
    "machine": {
        "processes": 2,
        "machines": 1,
        "threads": 1,
        "cores": 2,
        "device": "cpu",
        "cpu": "a CPU",
        "gpu": "none",
        "precision": "float32",
        "versions": {"torch": "2"},
    },
    "setting": {"gradient_bytes": 1_000_000, "picture_bytes": 12_288},
    "reading": {
        "warm": {"pictures_per_second": 100_000.0, "pictures_per_second_iqr": 10.0},
        "cold": {"pictures_per_second": 10_000.0, "pictures_per_second_iqr": 1.0},
    },
    "step": {
        "alone": {"pictures_80": {"step_ms": 60.0, "step_ms_iqr": 1.0}},
        "busy": {f"pictures_{size}": {"step_ms": ms, "step_ms_iqr": 1.0} for size, ms in ((40, 31), (10, 8), (2, 2))},
        "together": {"pictures_80": {"step_ms": 36.3, "step_ms_iqr": 1.0}},
    },
    "all_reduce": {"gradients": {"bytes_1000000": {"all_reduce_ms": 2.0, "all_reduce_ms_iqr": 0.1}}},
    "link": {"hop_us": 100.0, "gb_per_second": 0.5, "largest_error": 0.125},
    "assumed": {"hop_us": 50.0, "gb_per_second": 0.1},
}


def changed(**machine):
    return MEASURED | {"machine": MEASURED["machine"] | machine}


def test_a_ring_passes_two_parts_of_the_bytes_around():
    link = Link(hop_seconds=0.25, bytes_per_second=100.0)
    assert link.all_reduce_seconds(1, 400) == 0
    assert link.all_reduce_seconds(2, 400) == 2 * 0.25 + 400 / 100
    assert link.all_reduce_seconds(8, 400) == pytest.approx(14 * 0.25 + 2 * 7 / 8 * 400 / 100)


def test_the_slower_link_paces_the_ring():
    assert Link(3.0, 10.0).slowed_by(Link(1.0, 5.0)) == Link(3.0, 5.0)


@pytest.mark.parametrize("processes", [2, 8])
def test_latency_and_bandwidth_are_found_again(processes):
    sizes, link = [4096, 65536, 2**20, 2**24], Link(3e-5, 2e9)
    exact = [link.all_reduce_seconds(processes, size) for size in sizes]
    found, error = fitted(processes, sizes, exact)
    assert found.hop_seconds == pytest.approx(3e-5)
    assert found.bytes_per_second == pytest.approx(2e9)
    assert error == pytest.approx(0, abs=1e-9)

    noise = np.array([1.1, 0.9, 1.1, 0.9])
    found, error = fitted(processes, sizes, exact * noise)
    assert found.hop_seconds == pytest.approx(3e-5, rel=0.2)
    assert found.bytes_per_second == pytest.approx(2e9, rel=0.2)
    assert 0.05 < error < 0.2


def test_what_has_no_latency_gets_none():
    found, _ = fitted(2, [1000, 2000], [0.8, 2.0])
    assert found.hop_seconds == 0


def test_a_bandwidth_that_cannot_be_told_is_a_problem():
    with pytest.raises(Problem, match=r"no longer the more bytes.*scaling\.all_reduce_kib"):
        fitted(2, [1000, 2000, 3000], [3.0, 2.0, 1.0])


def test_the_largest_share_counts():
    assert share(32, 3) == 11
    assert shares([32, 1024], 2) == [4, 16, 128, 512]  # 32 / 8, 32 / 2 and 1024 / 64, 1024 / 8, 1024 / 2
    assert shares([32], 1) == [4]


def test_an_epoch_waits_for_the_slower_of_computing_and_reading():
    assert Expected(0.25, 0.25, input_seconds=0.125).epoch_seconds(10, pictures=101) == 11 * 0.5
    assert Expected(0.25, 0.25, input_seconds=0.75).epoch_seconds(10, pictures=100) == 10 * 0.75


def test_the_estimate_of_one_and_of_as_many_as_were_measured_is_measured():
    one, two = (expected(MEASURED, 80, count) for count in (1, 2))
    assert one == Expected(0.060, 0.0, input_seconds=80 / 10_000)
    assert two == Expected(0.031, 0.002, input_seconds=80 / 10_000)


def test_beyond_the_machine_the_assumed_network_comes_in():
    eight = expected(MEASURED, 80, 8)
    assert eight.assumed
    assert eight.step_seconds == 0.008
    assert eight.all_reduce_seconds == pytest.approx(14 * (100e-6 + 1e6 / (8 * 0.1e9)))  # the slower of each
    assert eight.input_seconds == pytest.approx(80 / (4 * 10_000))  # four machines with two processes each


def test_a_network_that_was_measured_is_not_assumed():
    several = expected(changed(machines=2), 80, 8)
    assert not several.assumed
    assert several.all_reduce_seconds == pytest.approx(14 * (100e-6 + 1e6 / (8 * 0.5e9)))
    within = expected(changed(processes=64), 80, 8)
    assert not within.assumed


def test_one_process_alone_has_an_assumed_link_alone():
    measured = {key: value for key, value in changed(processes=1).items() if key not in ("link", "all_reduce")}
    eight = expected(measured, 80, 8)
    assert eight.assumed
    assert eight.all_reduce_seconds == pytest.approx(14 * (50e-6 + 1e6 / (8 * 0.1e9)))
    assert eight.input_seconds == pytest.approx(80 / (8 * 10_000))


def test_a_disk_that_could_not_be_measured_is_taken_to_be_the_page_cache():
    reading = {"warm": MEASURED["reading"]["warm"], "cold_why_not": "only 0% of the file came from the disk"}
    assert expected(MEASURED | {"reading": reading}, 80, 1).input_seconds == 80 / 100_000


def test_a_batch_with_less_than_a_picture_for_each_has_no_estimate():
    assert expected(MEASURED, 7, 8) is None


def test_the_tables_tell_what_is_measured_and_what_is_assumed():
    lines = scaling_table({"mine": MEASURED})
    told = "\n".join(lines)
    assert "| 80 | 31 | 2 | 33 | 36.3 (1) | 1.10 |" in told
    assert "| 80 | 2 | 31 | 2 | 8 | 528 |" in told  # 16,015 steps of 33 ms
    assert r"| 80 | 8 | 8 | 18.9 \* | 2 | 431 |" in told
    assert "| 80 | 64 | 2 |" in told
    assert "the worst of them it misses by 12%" in told
    assert max(line.count(" | ") for line in lines) < 6


def test_a_run_of_one_process_without_a_disk_is_told_too():
    reading = {"warm": MEASURED["reading"]["warm"], "cold_why_not": "only 0% of the file came from the disk"}
    measured = {key: value for key, value in changed(processes=1).items() if key not in ("link", "all_reduce")}
    told = "\n".join(scaling_table({"mine": measured | {"reading": reading}}))
    assert "No all-reduce was measured." in told
    assert "From its disk: only 0% of the file came from the disk." in told
    assert "| 80 | 1 | 60 | 0 | 0.8 | 961 |" in told
    assert "How far off" not in told


def test_every_kept_run_has_its_place():
    lines = scaling_table({"one": MEASURED, "other": MEASURED})
    places = [number for number, line in enumerate(lines) if line.startswith("`")]
    assert [lines[place].split(":")[0] for place in places] == ["`one`", "`other`"]
    assert lines[places[1] - 1] == ""
