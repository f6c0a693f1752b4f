import os
from pathlib import Path

import pytest

from helpers import commit, git, make_repository
from session_hooks_installer.guarding import applied, guard_for


@pytest.fixture
def outer(tmp_path: Path) -> Path:
    """A repository with another inside it, and a linked worktree of that beside it."""
    outer = make_repository(tmp_path / "outer")
    commit(make_repository(outer / "inner"))
    git(outer / "inner", "worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    for folder in (outer, outer / "inner", tmp_path / "tree", tmp_path / "own"):
        (folder / "bin").mkdir(parents=True)
    return outer


@pytest.mark.parametrize("start", ["outer/inner", "outer/inner/bin", "tree"])
@pytest.mark.parametrize("name", ["PATH", "PYTHONPATH", "LD_LIBRARY_PATH"])
def test_of_a_list_of_folders_those_stay_that_the_repository_cannot_choose(
    name: str, start: str, outer: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(outer / "bin")
    dropped = [
        "",
        ".",
        "bin",
        "~/bin",
        str(outer / "bin"),  # a superproject, or the main checkout's
        str(outer / "inner" / "bin"),
        f"{tmp_path}/own/../outer/bin",
        str(tmp_path / "link"),
        "/proc/self/cwd/bin",
        "//proc/self/cwd",
        "/dev/fd/3",
    ]
    kept = ["/usr/bin/", "/bin", str(tmp_path / "own"), "/gone"]
    environ = {"HOME": str(tmp_path), name: ":".join([*dropped, *kept, *dropped])}
    guard = guard_for(tmp_path / start, environ, tmp_path / "own")
    assert guard.environ[name] == ":".join(kept)
    if name == "PATH":
        assert guard.on_path == {"/usr/bin", "/bin", str(tmp_path / "own"), "/gone"}
        assert guard.folders == guard.on_path | {str(tmp_path / ".local" / "bin")}


@pytest.mark.parametrize(
    "name", ["PYTHONHOME", "PYTHONPYCACHEPREFIX", "PYTHONUSERBASE", "GIT_EXEC_PATH"]
)
def test_what_names_code_of_the_repositorys_is_not_there(name: str, outer: Path) -> None:
    for value, is_kept in (("", False), ("x", False), (str(outer), False), ("/usr", True)):
        environ = guard_for(outer / "inner", {name: value, "OTHER": ""}, Path("/own")).environ
        assert (name in environ) == is_kept
        assert environ["OTHER"] == ""


def test_this_installation_stays_wherever_it_is(outer: Path) -> None:
    own = outer / "inner" / "bin"
    guard = guard_for(outer / "inner", {"PATH": f"{outer}/bin:{own}/"}, own)
    assert guard.environ["PATH"] == f"{own}/"
    assert str(own) in guard.folders


def test_without_any_folder_there_is_still_a_path(outer: Path) -> None:
    for path in ("", "bin", "."):
        guard = guard_for(outer, {"PATH": path}, Path("/own"))
        assert guard.environ["PATH"] == os.defpath
        assert guard.on_path == frozenset()


def test_an_active_environments_programs_are_found_by_their_path_alone(outer: Path) -> None:
    environ = {"PATH": "/v/bin:/usr/bin", "VIRTUAL_ENV": "/v"}
    guard = guard_for(outer, environ, Path("/own"))
    assert guard.environ["PATH"] == "/usr/bin"
    assert guard.on_path == {"/usr/bin"}
    assert "/v/bin" in guard.folders


def test_in_this_process_it_holds_for_as_long_as_it_takes(
    outer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{outer}/bin:/usr/bin")
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.delenv("GIT_EXEC_PATH", raising=False)
    before = dict(os.environ)
    with applied(guard_for(outer, {**os.environ, "GIT_EXEC_PATH": "/x"}, Path("/own"))):
        assert os.environ["PATH"] == "/usr/bin"
        assert "PYTHONPATH" not in os.environ
        assert os.environ["GIT_EXEC_PATH"] == "/x"
    assert dict(os.environ) == before
