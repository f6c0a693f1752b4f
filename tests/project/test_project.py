from pathlib import Path

import pytest

from helpers import make_repository
from session_hooks.project.project import SESSIONS, Project, find_project, project_at


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
    assert project_at(str(repo)) == Project(str(repo), str(repo), has_session_files=False)


def test_outside_git_no_ancestor_counts(tmp_path: Path) -> None:
    sessions_in(tmp_path)
    below = tmp_path / "below"
    below.mkdir()
    assert project_at(str(tmp_path)).has_session_files
    assert project_at(str(below)) == Project(str(below), None, has_session_files=False)


def test_the_events_folder_comes_before_the_clients(tmp_path: Path) -> None:
    one, two = sessions_in(tmp_path / "one"), sessions_in(tmp_path / "two")
    environ = {"CLAUDE_PROJECT_DIR": str(two)}
    assert find_project(str(one), environ, "/").root == str(one)
    assert find_project(str(tmp_path), environ, "/").root == str(two)
    assert find_project(str(tmp_path / "gone"), environ, "/").root == str(two)
    assert find_project(None, {}, str(one)).root == str(one)
    # The process's own folder counts only where the client named none.
    assert find_project(str(tmp_path), {}, str(one)).root == str(tmp_path)


def test_without_session_files_anywhere_the_events_folder_is_the_project(tmp_path: Path) -> None:
    environ = {"CLAUDE_PROJECT_DIR": str(tmp_path)}
    (tmp_path / "a").mkdir()
    project = find_project(str(tmp_path / "a"), environ, "/")
    assert project == Project(str(tmp_path / "a"), None, has_session_files=False)


@pytest.mark.parametrize("cwd", ["", "relative", "/no/such/folder", "/etc/passwd", "a\0b"])
def test_a_folder_that_is_none_is_passed_over(cwd: str, tmp_path: Path) -> None:
    assert find_project(cwd or None, {}, str(tmp_path)).root == str(tmp_path)
