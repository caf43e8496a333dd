"""Try the timing gate where the answer is known: a commit against itself, and against itself made slower.

Of the trials without a change a third has the other cores busy. A slowdown of X% is one function (Chunk.convolve of the
fast network, on one thread) that keeps its core busy for X% of a step longer. Writes each trial as it ends to
metrics/reference/timing_gate/proof.json, so that a run that was stopped goes on; writes the table of docs/timing.md.
Needs an otherwise idle machine for half an hour.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from lab.gate.proof import hot_share, run_trial, trials
from lab.params import Gate, load
from lab.revisions import commit_of
from lab.tables import write_tables
from scratchnet.problems import Problem, run
from scratchnet.records import read_metrics, write_metrics
from scratchnet.timing.machine import machine


def opened(out: Path, commit: str, params: Gate) -> dict:
    """What `out` has of this commit and these params; a new record where there is none."""
    setting = {"commit": commit, "params": params.model_dump(exclude={"cases"})}
    if not out.exists():
        return {**setting, "convolve_share": hot_share(params), "machine": machine(), "trials": {}}
    record = read_metrics(out)
    if {key: record.get(key) for key in setting} != setting:
        raise Problem(f"{out} has trials of another commit or other params. Remove it to begin anew.")
    return record


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--aa", type=int, default=30, help="trials without a change (default: %(default)s)")
    parser.add_argument("--slow", type=int, default=10, help="trials of each slowdown (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("metrics/reference/timing_gate/proof.json"))
    arguments = parser.parse_args()
    params, root = load().gate, Path.cwd()
    commit = commit_of(root, "HEAD")
    record = opened(arguments.out, commit, params)
    for trial in trials(arguments.aa, arguments.slow):
        if trial.name not in record["trials"]:
            record["trials"][trial.name] = result = run_trial(root, commit, trial, record["convolve_share"], params)
            write_metrics(arguments.out, record)
            print(f"{trial.name}: {result['verdict']}, {result['ratio']:.2f}", flush=True)
    write_tables()


if __name__ == "__main__":
    run(main)
