from lab.audits import audit_table, seen_table

MACHINE = {"cores": 2, "cpu": "A CPU", "versions": {"python": "3.11"}}
FOUND = {
    "files": {"pictures": 16_000, "odd": {"small": 2, "empty": 1}},
    "copies": {"same_pixels": 2, "near_duplicates": 30, "groups": 15, "across_splits": 0, "with_another_label": 4},
    "labels": {"right": 0.825, "doubted": {"cat": 10, "dog": 20, "all": 30}},
    "seconds": 90.0,
    "machine": MACHINE,
}


def test_an_audit_is_a_table_and_a_sentence():
    lines = audit_table({"pets": FOUND})
    assert lines[0] == "| pets | pictures |"
    assert "| looked at | 16,000 |" in lines
    assert "| odd files, rejected ones included | 3 |" in lines
    assert "| look like one with the other label | 4 |" in lines
    assert lines[-2:] == [
        "The networks gave 82.5% of all labels too. All of it took 2 minutes",
        "on 2 cores, which other work shared (A CPU; python 3.11).",
    ]


def test_verdicts_are_counted_with_their_share():
    files = {f"{n}.jpg": {"verdict": verdict} for n, verdict in enumerate(["right", "wrong", "right", "ambiguous"])}
    assert seen_table({"pets": {"most_doubted": files}})[2:] == [
        "| most doubted | 4 | 1 (25%) | 1 (25%) | 2 (50%) |",
    ]
