"""What git is asked: of the folder that is named, whatever the environment says."""

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
