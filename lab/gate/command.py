"""Is the working tree slower than another revision? Both are measured here and now, in turns: docs/timing.md.

Reads the section gate of lab/params.yaml. Checks also what needs no clock: trained results against the committed ones,
and the memory of a step. Prints a Markdown page; with --report DIR it is written there, too. Takes two to three minutes
on an idle machine, and makes no other change: REV is checked out into a temporary folder.

Status 0: PASS. 1: FAIL. 2: INCONCLUSIVE, the machine was too restless to tell. 3: it could not be run.

Example: python -m lab gate --base HEAD^ --report report/gate
"""

import sys
import traceback
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from lab.gate.memory import check_memory
from lab.gate.report import Report, metrics, page
from lab.gate.results import check_results
from lab.gate.rounds import Roots, run_gate
from lab.gate.verdicts import Verdict
from lab.params import Gate, load
from lab.revisions import checked_out, commit_of
from scratchnet.problems import Problem
from scratchnet.records import write_metrics, write_text
from scratchnet.timing.machine import machine

STATUS = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 2}
COULD_NOT_RUN = 3


class GateArgumentParser(ArgumentParser):
    def error(self, message: str):
        """argparse would end with 2, which is INCONCLUSIVE here."""
        self.print_usage(sys.stderr)
        self.exit(COULD_NOT_RUN, f"{self.prog}: {message}\n")


def ask(root: Path, revision: str, params: Gate) -> Report:
    commit = commit_of(root, revision)
    with checked_out(root, commit) as base:
        roots = Roots(base, root)
        checks = [*check_results(root, params.results), *check_memory(roots, params)]
        outcomes = run_gate(roots, params)
        return Report(f"{revision} ({commit[:12]})", outcomes, checks, machine(), params)


def write(report: Report, folder: Path) -> None:
    write_metrics(folder / "gate.json", metrics(report))
    write_text(folder / "gate.md", page(report))


def main(arguments: list[str]) -> None:
    parser = GateArgumentParser("python -m lab gate", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--base", metavar="REV", required=True, help="a branch, a tag or a commit, such as HEAD^")
    parser.add_argument("--report", metavar="DIR", type=Path, help="write gate.md and gate.json there")
    options = parser.parse_args(arguments)
    try:
        report = ask(Path.cwd(), options.base, load().gate)
        print(page(report))
        if options.report:
            write(report, options.report)
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(COULD_NOT_RUN)
    except Exception:  # Python would end with 1, which is FAIL here
        traceback.print_exc()
        sys.exit(COULD_NOT_RUN)
    sys.exit(STATUS[report.verdict])
