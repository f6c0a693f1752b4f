import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import make_repository
from session_hooks_installer.commands import Form, form_of, objection
from session_hooks_installer.guarding import Guard, guard_for
from session_hooks_installer.handlers import HOOKS, Scope, handlers_for

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


BARE = Form((*SHELL, "session-start-hook"), "session-start-hook")


def direct(program: Path | str) -> Form:
    return Form((str(program),), str(program))


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
        assert objection(direct(folder / "program"), str(folder / "program"), guard) is None
    assert objection(BARE, str(folders.chosen / "program"), guard) is None
    # By its name only what is on the PATH is started.
    assert objection(BARE, str(folders.own / "program"), guard)
    for path in (
        folders.other / "program",
        f"{folders.chosen}/../other/program",
        f"{folders.chosen}/../chosen/program",
        f"/proc/self/root{folders.own}/program",
        "chosen/program",
    ):
        assert objection(direct(path), str(path), guard), path


def test_nothing_from_inside_the_repository_is_run(folders: Folders) -> None:
    (folders.chosen / "link").symlink_to(folders.repo / "program")
    (folders.repo / "link").symlink_to(folders.chosen / "program")
    guard = folders.guard(PATH=f"{folders.chosen}:{folders.repo}")
    for path in (folders.repo / "program", folders.chosen / "link"):
        assert "inside the repository" in (objection(direct(path), str(path), guard) or "")
    link = folders.repo / "link"
    assert objection(direct(link), str(link), guard)
    # This installation itself runs already.
    guard = folders._replace(own=folders.repo).guard()
    assert objection(direct(folders.repo / "program"), str(folders.repo / "program"), guard) is None
    assert objection(direct(folders.chosen / "link"), str(folders.chosen / "link"), guard) is None


def test_a_path_that_cannot_be_looked_at_is_not_run(folders: Folders) -> None:
    guard = folders.guard()
    for path in (
        f"{folders.chosen}/gone",
        f"{folders.repo}/program/x",
        "/" + "x" * 5000 + "/program",
        "/a\0b/program",
        f"{folders.chosen}/a\0b",
    ):
        assert objection(direct(path), path, guard)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_nothing_of_another_person_is_run(folders: Folders) -> None:
    program = folders.chosen / "program"
    os.chown(program, 12345, -1)
    assert "somebody else" in (objection(direct(program), str(program), folders.guard()) or "")


@given(
    st.dictionaries(
        st.sampled_from(["type", "command", "args"]),
        st.text() | st.sampled_from(["command", "session-start-hook"]) | st.lists(st.text()),
    )
)
def test_whatever_a_handler_says_nothing_is_raised(handler: dict[str, Any]) -> None:
    form = form_of(handler, START)
    guard = Guard(("/nowhere",), ("/bin",), {}, frozenset({"/bin"}), frozenset({"/bin"}))
    assert form is None or objection(form, form.program, guard)
