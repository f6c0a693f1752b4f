import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import commit, git, make_repository
from session_hooks.project.hooks import HOOKS
from session_hooks_installer.check.commands import (
    Form,
    Guard,
    form_of,
    guard_for,
    judge,
    objection,
)
from session_hooks_installer.check.findings import Code
from session_hooks_installer.check.settings import Installed, Place
from session_hooks_installer.programs import Run
from session_hooks_installer.settings.handlers import Ownership, Scope, handlers_for

START = HOOKS[0]
SHELL = ("/bin/sh", "-c")


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.event)
def test_whatever_is_written_today_can_be_tried(scope: Scope, hook: Any) -> None:
    handler = handlers_for(scope, Path("/any where/bin"))[hook.event]
    form = form_of(handler, hook)
    assert form is not None
    assert os.path.basename(form.program) == hook.program
    assert form.is_looked_for == (scope is Scope.PROJECT)


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("session-start-hook", "session-start-hook"),
        ("/usr/bin/session-start-hook", "/usr/bin/session-start-hook"),
        ("'/a b/session-start-hook'", "/a b/session-start-hook"),
        ("/a b/session-start-hook", None),
        ("/$(id)/session-start-hook", None),
        ("/`id`/session-start-hook", None),
        ("/a;b/session-start-hook", None),
        ("~/bin/session-start-hook", None),
        ("bin/session-start-hook", None),
        ("session-start-hook; id", None),
        ("session-start-hook --loud", None),
        ("'never closed", None),
        ("", None),
    ],
)
def test_of_shell_commands_only_those_that_some_installer_wrote_are(
    command: str, program: str | None
) -> None:
    form = form_of({"type": "command", "command": command}, START)
    assert form == (Form((*SHELL, command), program) if program else None)


@pytest.mark.parametrize(
    ("handler", "program"),
    [
        ({"command": "/a b/session-start-hook", "args": []}, "/a b/session-start-hook"),
        ({"command": "/x/session-start-hook", "args": ["-x"]}, None),
        ({"command": "session-start-hook", "args": []}, None),
        ({"command": 5}, None),
        ({}, None),
    ],
)
def test_without_a_shell_it_is_one_absolute_path(
    handler: dict[str, Any], program: str | None
) -> None:
    assert form_of(handler, START) == (Form((program,), program) if program else None)


class Folders(NamedTuple):
    repo: Path
    chosen: Path
    own: Path
    other: Path

    def guard(self, **more: str) -> Guard:
        environ = {"HOME": str(self.repo.parent), "PATH": str(self.chosen), **more}
        return guard_for(self.repo, environ, self.own)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A repository, a folder of the PATH, this installation's, and one that nobody chose."""
    made = Folders(*(tmp_path / name for name in Folders._fields))
    for folder in made:
        folder.mkdir()
        (folder / "program").touch()
    make_repository(made.repo)
    return made


def test_what_is_run_lies_in_a_folder_that_a_person_or_this_installation_chose(
    folders: Folders, tmp_path: Path
) -> None:
    links = tmp_path / ".local" / "bin"
    links.mkdir(parents=True)
    (links / "program").symlink_to(folders.other / "program")
    guard = folders.guard()
    for folder in (folders.chosen, folders.own, links):
        assert objection(str(folder / "program"), guard) is None
    for path in (
        folders.other / "program",
        f"{folders.chosen}/../other/program",
        f"{folders.chosen}/../chosen/program",
        f"/proc/self/root{folders.own}/program",
        "chosen/program",
    ):
        assert objection(str(path), guard), path


def test_nothing_from_inside_the_repository_is_run(folders: Folders) -> None:
    (folders.chosen / "link").symlink_to(folders.repo / "program")
    (folders.repo / "link").symlink_to(folders.chosen / "program")
    guard = folders.guard(PATH=f"{folders.chosen}:{folders.repo}")
    for path in (folders.repo / "program", folders.chosen / "link"):
        assert "inside the repository" in (objection(str(path), guard) or "")
    link = folders.repo / "link"
    assert objection(str(link), guard)
    # This installation itself runs already.
    guard = folders._replace(own=folders.repo).guard()
    assert objection(str(folders.repo / "program"), guard) is None
    assert objection(str(folders.chosen / "link"), guard) is None


def test_a_path_that_cannot_be_looked_at_is_not_run(folders: Folders) -> None:
    guard = folders.guard()
    for path in (
        f"{folders.chosen}/gone",
        f"{folders.repo}/program/x",
        "/" + "x" * 5000 + "/program",
        "/a\0b/program",
        f"{folders.chosen}/a\0b",
    ):
        assert objection(path, guard)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_nothing_of_another_person_is_run(folders: Folders) -> None:
    program = folders.chosen / "program"
    os.chown(program, 12345, -1)
    assert "somebody else" in (objection(str(program), folders.guard()) or "")


@given(
    st.dictionaries(
        st.sampled_from(["type", "command", "args"]),
        st.text() | st.sampled_from(["command", "session-start-hook"]) | st.lists(st.text()),
    )
)
def test_whatever_a_handler_says_nothing_is_raised(handler: dict[str, Any]) -> None:
    form = form_of(handler, START)
    guard = Guard(("/nowhere",), ("/bin",), {}, frozenset({"/bin"}))
    assert form is None or objection(form.program, guard)


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
        links = str(tmp_path / ".local" / "bin")
        assert guard.folders == {"/usr/bin", "/bin", str(tmp_path / "own"), "/gone", links}


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
        assert guard.folders == {"/own", os.path.expanduser("~/.local/bin")}


def test_an_active_environments_programs_are_found_by_their_path_alone(outer: Path) -> None:
    environ = {"PATH": "/v/bin:/usr/bin", "VIRTUAL_ENV": "/v"}
    guard = guard_for(outer, environ, Path("/own"))
    assert guard.environ["PATH"] == "/usr/bin"
    assert guard.folders >= {"/v/bin", "/usr/bin"}


def judged(event: str, exit_code: int | None, seconds: float, timeout: float) -> Any:
    hook = next(hook for hook in HOOKS if hook.event == event)
    item = Installed(Place(Scope.LOCAL, Path("/s.json")), hook, {"command": "c"}, Ownership.OURS)
    return judge(Run(exit_code, seconds, "", ""), item, timeout)


@pytest.mark.parametrize(
    ("event", "exit_code", "seconds", "code"),
    [
        ("SessionStart", 0, 0.1, Code.RAN),
        ("SessionStart", 0, 4.9, Code.RAN),
        ("SessionStart", 2, 0.1, Code.RUN_FAILED),
        ("PreCompact", 2, 0.1, Code.RUN_FAILED),
        ("SessionEnd", 2, 0.1, Code.RAN),
        ("SessionEnd", 1, 0.1, Code.RUN_FAILED),
        ("SessionEnd", 127, 0.1, Code.PYTHON_BROKEN),
        ("SessionEnd", 2, 2.6, Code.RAN),
        ("SessionEnd", 2, 5.1, Code.TOO_SLOW),
        ("SessionStart", None, 6, Code.TOO_SLOW),
    ],
)
def test_a_run_is_judged_by_its_exit_code_and_its_time(
    event: str, exit_code: int | None, seconds: float, code: Code
) -> None:
    finding = judged(event, exit_code, seconds, 5)
    assert finding.code is code
    assert (finding.scope, finding.path) == (Scope.LOCAL, "/s.json")
    assert bool(finding.advice) == (code is not Code.RAN)


def test_the_timeout_that_is_asked_for_is_enough() -> None:
    assert 'set "timeout": 5 on' in judged("SessionEnd", 2, 1.6, 1.5).remedy
    assert 'set "timeout": 11 on' in judged("SessionEnd", 2, 5.1, 5).remedy
