import os
from pathlib import Path
from typing import Any

import pytest

from session_hooks_installer.commands import Form, form_of, objection
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


def test_nothing_from_inside_the_repository_is_run(tmp_path: Path) -> None:
    repo, other = tmp_path / "repo", tmp_path / "other"
    for folder in (repo, other):
        folder.mkdir()
        (folder / "program").touch()
    (other / "link").symlink_to(repo / "program")
    (repo / "link").symlink_to(other / "program")
    assert objection(str(other / "program"), repo, tmp_path) is None
    for path in (repo / "program", repo / "link", other / "link", "program", "./program"):
        assert "inside the repository" in (objection(str(path), repo, tmp_path) or "")
    # This installation itself runs already.
    assert objection(str(repo / "program"), repo, repo) is None
    assert objection(str(other / "link"), repo, repo) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_nothing_of_another_person_is_run(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.touch()
    os.chown(program, 12345, -1)
    assert "somebody else" in (objection(str(program), tmp_path / "repo", Path("/bin")) or "")
