import os
from pathlib import Path

import pytest

from helpers import commit, git, make_repository
from session_hooks.project.project import project_at
from session_hooks.project.state import git_common_dir, main_checkout, state_folders


def test_worktrees_share_the_common_folder(repo: Path, tmp_path: Path) -> None:
    git(repo, "commit", "-q", "--allow-empty", "-m", "one")
    git(repo, "worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other")
    assert git_common_dir(str(repo)) == str(repo / ".git")
    assert git_common_dir(str(tmp_path / "tree")) == str(repo / ".git")


def test_a_submodules_common_folder_is_its_own(repo: Path, tmp_path: Path) -> None:
    inner = make_repository(tmp_path / "inner")
    git(inner, "commit", "-q", "--allow-empty", "-m", "one")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    assert git_common_dir(str(repo / "sub")) == str(repo / ".git" / "modules" / "sub")


def test_what_is_no_file_is_not_waited_for(repo: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".git")
    assert git_common_dir(str(tmp_path)) is None
    os.mkfifo(repo / ".git" / "commondir")
    assert git_common_dir(str(repo)) == str(repo / ".git")


@pytest.mark.parametrize("content", ["", "nonsense", "gitdir: /no/such/folder"])
def test_a_git_file_that_leads_nowhere_is_no_common_folder(content: str, tmp_path: Path) -> None:
    (tmp_path / ".git").write_text(content)
    assert git_common_dir(str(tmp_path)) is None


@pytest.mark.skipif(os.name == "nt", reason="the folders of POSIX systems")
@pytest.mark.parametrize(
    ("environ", "parent"),
    [
        ({"HOME": "/h"}, "/h/.local/state"),
        ({"HOME": "/h", "XDG_STATE_HOME": "/s"}, "/s"),
        ({"HOME": "/h", "XDG_STATE_HOME": "relative"}, "/h/.local/state"),
        ({}, None),
        ({"HOME": ""}, None),
    ],
)
def test_state_outside_git_lies_in_the_state_home(
    environ: dict[str, str], parent: str | None
) -> None:
    folders = state_folders("/work/my shop", None, environ)
    if parent is None:
        assert folders == []
    else:
        assert len(folders) == 1
        assert folders[0].startswith(f"{parent}/agent-session-hooks/my-shop-")


def test_two_folders_of_one_name_have_two_states() -> None:
    one, two = (state_folders(f"/{x}/shop", None, {"HOME": "/h"}) for x in "ab")
    assert one != two


def test_state_in_git_lies_in_the_common_folder_first(repo: Path) -> None:
    folders = state_folders(*project_at(str(repo))[:2], {"HOME": "/h"})
    assert folders[0] == str(repo / ".git" / "agent-session-hooks")
    assert len(folders) == 2


def test_only_a_linked_worktree_has_another_main_checkout(repo: Path, tmp_path: Path) -> None:
    commit(repo)
    git(repo, "worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    for folder in (tmp_path / "tree", repo):
        assert main_checkout(str(folder)) == str(repo)
    assert main_checkout(str(tmp_path)) == str(tmp_path)


def test_a_bare_repositorys_worktree_has_no_main_checkout(repo: Path, tmp_path: Path) -> None:
    commit(repo)
    git(tmp_path, "clone", "-q", "--bare", str(repo), "bare.git")
    git(tmp_path / "bare.git", "worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    assert main_checkout(str(tmp_path / "tree")) == str(tmp_path / "tree")
