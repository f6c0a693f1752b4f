from pathlib import Path
from typing import Any

import pytest

from helpers import ROOT
from session_hooks_installer import settings_edit
from session_hooks_installer.handlers import (
    HOOKS,
    Hook,
    Ownership,
    Scope,
    handlers_for,
    own_handler,
    ownership,
    shared_handler,
)

START = "session-start-hook"


def shell(command: str) -> dict[str, Any]:
    return {"type": "command", "command": command}


@pytest.mark.parametrize(
    ("command", "whose"),
    [
        ("session-start-hook", Ownership.OURS),
        ("/old/bin/session-start-hook", Ownership.OURS),
        ("'/with space/session-start-hook'", Ownership.OURS),
        (r"C:\\tools\\session-start-hook.exe", Ownership.OURS),
        (
            "command -v session-start-hook >/dev/null || exit 0; session-start-hook",
            Ownership.OURS,
        ),
        (
            "command -v session-start-hook >/dev/null 2>&1 && session-start-hook || true",
            Ownership.OURS,
        ),
        ("session-start-hook; make tea", Ownership.WRAPPED),
        ("cd /x && session-start-hook", Ownership.WRAPPED),
        ("session-start-hook --loud", Ownership.WRAPPED),
        ("session-start-hook | tee log", Ownership.WRAPPED),
        ("session-start-hook; session-start-hook", Ownership.WRAPPED),
        ("exec session-start-hook", Ownership.WRAPPED),
        ("A=1 session-start-hook", Ownership.WRAPPED),
        ("env A=1 session-start-hook", Ownership.WRAPPED),
        ("timeout 5 session-start-hook", Ownership.WRAPPED),
        ("if true; then session-start-hook; fi", Ownership.WRAPPED),
        ("{ session-start-hook; }", Ownership.WRAPPED),
        ("! session-start-hook", Ownership.WRAPPED),
        ("sh -c 'session-start-hook'", Ownership.WRAPPED),
        ("command -v session-start-hook", Ownership.FOREIGN),
        ("env A=1 echo session-start-hook", Ownership.FOREIGN),
        ("echo session-start-hook", Ownership.FOREIGN),
        ("my-session-start-hook", Ownership.FOREIGN),
        ("session-start-hook.sh", Ownership.FOREIGN),
        ("session-start-hooks", Ownership.FOREIGN),
        ("cat /session-start-hook/x", Ownership.FOREIGN),
        ("session-end-hook", Ownership.FOREIGN),
        ("'never closed session-start-hook", Ownership.FOREIGN),
        ("", Ownership.FOREIGN),
    ],
)
def test_a_shell_command_is_recognised_by_the_word_it_runs(command: str, whose: Ownership) -> None:
    assert ownership(shell(command), START) is whose


@pytest.mark.parametrize(
    ("handler", "whose"),
    [
        ({"type": "command", "command": "/x/session-start-hook", "args": []}, Ownership.OURS),
        ({"type": "command", "command": "/a b/session-start-hook", "args": []}, Ownership.OURS),
        (
            {"type": "command", "command": "/x/session-start-hook", "args": ["-x"]},
            Ownership.WRAPPED,
        ),
        ({"type": "command", "command": "echo", "args": [START]}, Ownership.FOREIGN),
        ({"type": "prompt", "command": START}, Ownership.FOREIGN),
        ({"type": "command", "command": 5}, Ownership.FOREIGN),
        ({"type": "command"}, Ownership.FOREIGN),
        ({"type": "command", "command": START, "args": None}, Ownership.OURS),
        ({"type": "command", "command": START, "args": 5}, Ownership.OURS),
        ({}, Ownership.FOREIGN),
    ],
)
def test_other_handlers_are_recognised_by_their_program(
    handler: dict[str, Any], whose: Ownership
) -> None:
    assert ownership(handler, START) is whose


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.event)
def test_every_form_that_we_write_is_ours(hook: Hook) -> None:
    assert ownership(shared_handler(hook), hook.program) is Ownership.OURS
    assert ownership(own_handler(hook, "/any where/bin"), hook.program) is Ownership.OURS


@pytest.mark.parametrize("scope", Scope)
def test_the_snippets_are_what_the_installer_writes(scope: Scope) -> None:
    snippet = (ROOT / "settings-snippets" / f"{scope.value}.json").read_text()
    assert snippet == settings_edit.install("", handlers_for(scope, Path("/path/to/bin")))


def test_there_is_a_snippet_for_each_scope_and_no_other() -> None:
    names = {path.stem for path in (ROOT / "settings-snippets").glob("*.json")}
    assert names == {scope.value for scope in Scope}
