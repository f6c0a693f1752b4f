import os
from pathlib import Path

import pytest

from helpers import git, make_repository
from session_hooks.event import Event
from session_hooks.project import (
    SESSIONS,
    Project,
    find_project,
    git_common_dir,
    project_at,
    state_folders,
)


def sessions_in(folder: Path) -> Path:
    (folder / SESSIONS).mkdir(parents=True)
    return folder


def test_the_nearest_folder_with_session_files_is_the_project(repo: Path) -> None:
    sessions_in(repo)
    inner = sessions_in(repo / "packages" / "api")
    below = inner / "src" / "deep"
    below.mkdir(parents=True)
    assert project_at(str(below)).root == str(inner)
    assert project_at(str(repo / "packages")).root == str(repo)


def test_the_search_ends_at_the_git_top_level(tmp_path: Path) -> None:
    sessions_in(tmp_path)
    repo = make_repository(tmp_path / "repo")
    assert project_at(str(repo)) == Project(str(repo), str(repo), has_sessions=False)


def test_outside_git_no_ancestor_counts(tmp_path: Path) -> None:
    sessions_in(tmp_path)
    below = tmp_path / "below"
    below.mkdir()
    assert project_at(str(tmp_path)).has_sessions
    assert project_at(str(below)) == Project(str(below), None, has_sessions=False)


def test_the_events_folder_comes_before_the_clients(tmp_path: Path) -> None:
    one, two = sessions_in(tmp_path / "one"), sessions_in(tmp_path / "two")
    environ = {"CLAUDE_PROJECT_DIR": str(two)}
    assert find_project(Event(cwd=str(one)), environ, "/").root == str(one)
    assert find_project(Event(cwd=str(tmp_path)), environ, "/").root == str(two)
    assert find_project(Event(cwd=str(tmp_path / "gone")), environ, "/").root == str(two)
    assert find_project(Event(), {}, str(one)).root == str(one)


def test_without_session_files_anywhere_the_events_folder_is_the_project(tmp_path: Path) -> None:
    environ = {"CLAUDE_PROJECT_DIR": str(tmp_path)}
    (tmp_path / "a").mkdir()
    project = find_project(Event(cwd=str(tmp_path / "a")), environ, "/")
    assert project == Project(str(tmp_path / "a"), None, has_sessions=False)


@pytest.mark.parametrize("cwd", ["", "relative", "/no/such/folder", "/etc/passwd", "a\0b"])
def test_a_folder_that_is_none_is_passed_over(cwd: str, tmp_path: Path) -> None:
    assert find_project(Event(cwd=cwd or None), {}, str(tmp_path)).root == str(tmp_path)


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
    folders = state_folders(Project("/work/my shop", None, has_sessions=True), environ)
    if parent is None:
        assert folders == []
    else:
        assert len(folders) == 1
        assert folders[0].startswith(f"{parent}/agent-session-hooks/my-shop-")


def test_two_folders_of_one_name_have_two_states() -> None:
    one, two = (
        state_folders(Project(f"/{x}/shop", None, has_sessions=True), {"HOME": "/h"}) for x in "ab"
    )
    assert one != two


def test_state_in_git_lies_in_the_common_folder_first(repo: Path) -> None:
    folders = state_folders(project_at(str(repo)), {"HOME": "/h"})
    assert folders[0] == str(repo / ".git" / "agent-session-hooks")
    assert len(folders) == 2
