from typing import Any

import pytest

from session_hooks.events.context import Event
from session_hooks.events.io import ANOTHER, CLAUDE_CODE, COPILOT, client, is_attended


def test_every_field_may_be_missing() -> None:
    assert Event.parse({}) == Event()


def test_unknown_fields_are_ignored() -> None:
    event = Event.parse({"cwd": "/x", "permission_mode": "auto", "context_tokens": 5})
    assert event == Event(cwd="/x")


@pytest.mark.parametrize("value", [None, 5, [], {}, True, ""])
def test_a_field_of_another_type_is_missing(value: Any) -> None:
    assert Event.parse({"cwd": value, "source": value}) == Event()


@pytest.mark.parametrize(
    ("environ", "attended"),
    [
        ({}, True),
        ({"CLAUDE_CODE_SESSION_ATTENDED": "0"}, False),
        ({"CLAUDE_CODE_SESSION_ATTENDED": "1"}, True),
        ({"CLAUDE_CODE_SESSION_ATTENDED": "1", "CI": "true"}, True),
        ({"CLAUDE_CODE_SESSION_ATTENDED": "0", "CLAUDE_CODE_ENTRYPOINT": "cli"}, False),
        ({"CLAUDE_CODE_ENTRYPOINT": "cli"}, True),
        ({"CLAUDE_CODE_ENTRYPOINT": "sdk-cli"}, False),
        ({"CLAUDE_CODE_ENTRYPOINT": "sdk-py"}, False),
        ({"CLAUDE_CODE_ENTRYPOINT": "claude-code-github-action"}, False),
        ({"CLAUDE_CODE_ENTRYPOINT": "claude-vscode"}, True),
        ({"CLAUDE_CODE_ENTRYPOINT": "claude-desktop"}, True),
        ({"CI": "true"}, False),
        ({"CI": "1"}, False),
        ({"CI": "false"}, True),
        ({"CI": ""}, True),
        ({"CLAUDE_CODE_SESSION_ATTENDED": "perhaps", "CI": "true"}, False),
    ],
)
def test_who_is_there(environ: dict[str, str], attended: bool) -> None:
    assert is_attended(environ) is attended


@pytest.mark.parametrize(
    ("environ", "source", "expected"),
    [
        ({"CLAUDE_PID": "7"}, "startup", CLAUDE_CODE),
        ({"CLAUDE_CODE_ENTRYPOINT": "cli"}, "startup", CLAUDE_CODE),
        ({"CLAUDE_CODE_SESSION_ID": "c1"}, "startup", CLAUDE_CODE),
        ({"CLAUDE_CODE_SESSION_ID": "c1", "COPILOT_CLI": "1"}, "startup", CLAUDE_CODE),
        ({"CLAUDE_CODE_SESSION_ID": "c1", "GEMINI_SESSION_ID": "g"}, "startup", CLAUDE_CODE),
        ({"COPILOT_CLI": "1"}, "new", COPILOT),
        ({"COPILOT_CLI": "1"}, "startup", COPILOT),
        ({}, "new", COPILOT),
        ({"CLAUDE_CODE_SESSION_ID": "outer", "CLAUDE_PID": "7"}, "new", COPILOT),
        ({"GEMINI_SESSION_ID": "g"}, "startup", ANOTHER),
        ({"CLAUDE_CODE_SESSION_ID": "outer", "CLAUDE_PID": "7"}, "startup", ANOTHER),
        ({"CLAUDE_PLUGIN_ROOT": "/p"}, "startup", ANOTHER),
        ({}, "startup", ANOTHER),
        ({}, None, ANOTHER),
    ],
)
def test_which_client_it_is(environ: dict[str, str], source: str | None, expected: str) -> None:
    assert client(environ, source, "c1") == expected
