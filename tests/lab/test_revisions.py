"""What git is asked: of the folder that is named, whatever the environment says."""

import re

import pytest
from gate_project import git as git_in

from lab.revisions import checked_out, commit_of, files_in, git, text_in
from scratchnet.problems import Problem


@pytest.fixture
def root(tmp_path):
    """A repository with one commit of one file."""
    (tmp_path / "file").write_text("as committed\n")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        git_in(tmp_path, *command)
    (tmp_path / "file").write_text("edited\n")
    return tmp_path


def test_a_commit_is_read_without_touching_the_workspace(root):
    commit = commit_of(root, "HEAD")
    assert files_in(root, commit) == ["file"]
    assert text_in(root, commit, "file") == "as committed\n"
    with checked_out(root, commit) as tree:
        assert (tree / "file").read_text() == "as committed\n"
    assert not tree.exists()
    assert (root / "file").read_text() == "edited\n"


def test_what_a_hook_has_in_its_environment_does_not_matter(root, tmp_path, monkeypatch):
    for variable in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))
    assert files_in(root, commit_of(root, "HEAD")) == ["file"]
    with checked_out(root, "HEAD") as tree:
        assert (tree / "file").exists()


def test_an_error_names_what_git_was_asked(root):
    with pytest.raises(Problem, match=r"^git show failed in .*: fatal: .*no-such-file"):
        git(root, "show", "HEAD:no-such-file")


def test_why_git_cannot_look_is_said_in_its_own_words(root, tmp_path, monkeypatch):
    """Such as that the repository is another user's, where it also says what to do."""
    told = "fatal: detected dubious ownership in repository at '/theirs'"
    fake = tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho "{told}" >&2\nexit 128\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent))
    with pytest.raises(Problem, match=re.escape(told)):
        commit_of(root, "HEAD")


def test_what_a_person_allows_git_by_variables_counts(root, monkeypatch):
    for name, value in {"COUNT": "1", "KEY_0": "core.quotePath", "VALUE_0": "of me"}.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    with pytest.raises(Problem, match="of me"):
        git(root, "ls-files", "--error-unmatch", "file")
