"""What CI does is what make does, and the timing gate's answers pass or fail as they should."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from ruamel.yaml import YAML
from source_imports import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
WORKFLOW = YAML(typ="safe").load(ROOT / ".github/workflows/ci.yml")
TARGETS = re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)


def test_the_workflow_runs_what_make_ci_runs_in_the_same_order():
    steps = [step["run"] for step in WORKFLOW["jobs"]["ci"]["steps"] if step.get("run", "").startswith("make ")]
    everything = re.search(r"^ci: (.*)$", MAKEFILE, re.MULTILINE)[1].split()
    assert [step.split()[1] for step in steps] == everything
    assert set(everything) <= set(TARGETS)


def test_both_look_for_a_browser_before_the_tests_and_for_the_same_that_the_tests_take():
    steps = [step["run"] for step in WORKFLOW["jobs"]["ci"]["steps"] if "run" in step]
    for lines in (steps, (ROOT / ".ci/run").read_text().splitlines()):
        assert lines.index(".ci/browser") == lines.index("make test") - 1
    names = re.search(r"^BROWSERS = \((.*?)\)", (ROOT / "tests/page/conftest.py").read_text(), re.MULTILINE)[1]
    searched = re.search(r"for name in (.*?);", (ROOT / ".ci/browser").read_text())[1].split()
    assert re.findall(r'"(.*?)"', names) == searched


def test_every_action_is_pinned_and_nothing_but_the_code_may_be_read():
    uses = [step["uses"] for step in WORKFLOW["jobs"]["ci"]["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action) for action in uses)
    assert WORKFLOW["permissions"] == {}
    assert WORKFLOW["jobs"]["ci"]["permissions"] == {"contents": "read"}


@pytest.fixture
def project(tmp_path):
    """The Makefile and .ci/ with programs that only write down what they were asked: a repository of two commits."""
    for path in ("Makefile", "requirements.txt", ".ci/run", ".ci/browser"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    for program in ("python", "dvc", "ruff", "zizmor"):
        fake(tmp_path / ".venv/bin" / program, 'case "$*" in *"lab gate"*) exit "${GATE:-0}";; esac')
    (tmp_path / ".venv/ready").touch()
    fake(tmp_path / "bin/google-chrome", "")
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost"]
    commit = ["commit", "-q", "--allow-empty", "-m", "a commit"]
    for command in (["init", "-q"], commit, commit):
        subprocess.check_call([*git, *command], cwd=tmp_path)
    return tmp_path


def fake(program, body):
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\necho "$(basename $0) $*" >> asked\n{body}\n')
    program.chmod(0o755)


def call(project, *command, gate=0, **environment):
    programs = {"GATE": str(gate), "PATH": f"{project / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    environment = os.environ | programs | environment
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("gate", "passes"), [(0, True), (1, False), (2, True), (3, False), (137, False)])
@pytest.mark.parametrize("command", [("make", "gate", "BASE=HEAD^"), (".ci/run",)])
def test_only_a_pass_and_no_answer_pass(project, command, gate, passes):
    done = call(project, *command, gate=gate)
    assert (done.returncode == 0) == passes, done.stderr
    assert "python -m lab gate --base HEAD^ --report report/gate" in (project / "asked").read_text()


def test_everything_is_run_in_order_before_the_gate(project):
    assert call(project, ".ci/run").returncode == 0
    assert (project / "asked").read_text().splitlines() == [
        "ruff check .",
        "ruff format --check .",
        "zizmor --offline --quiet .github/workflows",
        "dvc repro",
        "dvc status -q",
        "python -m pytest -n auto --dist loadfile --no-loadscope-reorder",
        "python -m lab gate --base HEAD^ --report report/gate",
    ]


def test_a_clone_of_one_commit_has_nothing_to_measure_against(project, tmp_path):
    shallow = tmp_path / "shallow"
    subprocess.check_call(["git", "clone", "-q", "--depth=1", f"file://{project}", shallow])
    for path in (".ci", ".venv", "bin", "Makefile", "requirements.txt"):
        (project / path).rename(shallow / path)
    done = call(shallow, ".ci/run", gate=1)
    assert done.returncode == 0
    assert "nothing to measure against" in done.stdout
    assert "lab gate" not in (shallow / "asked").read_text()


@pytest.fixture
def look_for_a_browser(project):
    """look_for_a_browser(programs) -> .ci/browser, where these programs alone are there, each with what it does."""

    def look(programs: dict[str, str]) -> subprocess.CompletedProcess:
        (project / "alone").mkdir()
        for name, body in programs.items():
            fake(project / "alone" / name, body)
        (project / "alone/basename").symlink_to(shutil.which("basename"))
        command = [shutil.which("bash"), ".ci/browser"]
        environment = {"PATH": str(project / "alone")}
        return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)

    return look


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_that_is_there_is_taken(project, look_for_a_browser, name):
    done = look_for_a_browser({name: "", "apt-get": "", "sudo": '[ "$1" = -n ] && shift; exec "$@"'})
    assert (done.returncode, done.stdout) == (0, f"The page is tested in {project / 'alone' / name}.\n")
    assert not (project / "asked").exists()


@pytest.mark.parametrize(
    ("answer", "told"), [(0, "which was just installed"), (100, "the tests of the page will skip")]
)
def test_where_there_is_no_browser_chromium_is_installed_if_it_can_be(project, look_for_a_browser, answer, told):
    done = look_for_a_browser({"apt-get": f"exit {answer}", "sudo": '[ "$1" = -n ] && shift; exec "$@"'})
    assert done.returncode == 0
    assert told in done.stdout
    asked = [line for line in (project / "asked").read_text().splitlines() if line.startswith("apt-get")]
    everything = ["apt-get update -qq", "apt-get install -y -qq chromium"]
    assert asked == (everything if answer == 0 else everything[:1])


def test_where_nothing_can_be_installed_the_tests_of_the_page_skip(look_for_a_browser):
    done = look_for_a_browser({})
    assert done.returncode == 0
    assert "the tests of the page will skip" in done.stdout


def test_a_gate_that_cannot_run_is_no_pass(project):
    """In a container the repository may be another user's. git refuses it, and says what to do."""
    script = project / ".ci/run"
    lines = script.read_text().splitlines()
    script.write_text("\n".join(["set -e", *lines[next(n for n, line in enumerate(lines) if "HEAD^" in line) :]]))
    done = call(project, "bash", ".ci/run", GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    assert done.returncode == 3
    assert "safe.directory" in done.stderr


def test_what_needs_a_repository_says_so_before_anything_is_installed(project):
    shutil.rmtree(project / ".git")
    (project / ".venv/ready").unlink()
    for target in ("repro", "test", "lint", "report", "gate", "photographs", "committed"):
        done = call(project, "make", target, "DATA=x", GIT_CEILING_DIRECTORIES=str(project.parent))
        assert done.returncode != 0
        assert "git init && git add -A && git commit" in done.stderr
    assert not (project / "asked").exists()


PYTHON = """#!/bin/sh
# Says that it is Python {version}; makes an environment whose Python is itself; installs nothing.
case "$2" in
  venv) mkdir -p .venv/bin && cp "$0" .venv/bin/python && printf '#!/bin/sh\\n' > .venv/bin/uv && chmod +x .venv/bin/uv
    echo "made by {version}" >> asked;;
  pip) ;;
  *) exec "{real}" -c "import sys
sys.version, sys.version_info = '{version} ', tuple(map(int, '{version}'.split('.')))
$2";;
esac
"""


def test_an_environment_of_another_python_is_made_anew(project):
    """A Python that is too old is refused before it makes one. One made by it earlier, or half made, does not stay."""

    def make(version):
        python = project / f"python{version}"
        python.write_text(PYTHON.format(version=version, real=sys.executable))
        python.chmod(0o755)
        done = call(project, "make", ".venv/ready", f"PYTHON=./{python.name}")
        made = (project / "asked").read_text().splitlines() if (project / "asked").exists() else []
        (project / ".venv/ready").unlink(missing_ok=True)
        return done, made

    shutil.rmtree(project / ".venv")
    done, _ = make("3.10.13")
    assert done.returncode != 0
    assert "This is Python 3.10.13, and 3.11 or newer is needed." in done.stderr
    assert not (project / ".venv").exists()
    assert make("3.11.7")[1] == ["made by 3.11.7"]
    assert make("3.11.7")[1] == ["made by 3.11.7"], "it was whole"
    assert make("3.12.1")[1] == ["made by 3.11.7", "made by 3.12.1"]
    (project / ".venv/bin/python").unlink()
    assert make("3.12.1")[1][2:] == ["made by 3.12.1"]
