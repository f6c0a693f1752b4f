import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks.agents import agent, claude, codex, copilot, gemini, opencode
from session_hooks.agents.agent import recognise
from session_hooks.agents.transcript import Command, Edit, Transcript
from session_hooks.memory.conversations import read

BEGAN = datetime(2026, 12, 1, 1, 2, 6, tzinfo=UTC)
WHEN = "2026-12-01T01:02:06Z"


def lines(*records: dict[str, Any]) -> list[bytes]:
    return [json.dumps({"timestamp": WHEN, **record}).encode() for record in records]


def completed(**item: Any) -> dict[str, Any]:
    return {"type": "event_msg", "payload": {"type": "item_completed", "item": item}}


def turn(by: str) -> dict[str, Any]:
    return {"type": "event_msg", "payload": {"turn_attribution": {"turn_trigger": by}}}


ROLLOUT = {"type": "session_meta", "payload": {"source": "cli", "cwd": "/p"}}
CHAT = {"sessionId": "g1", "projectHash": "x", "startTime": WHEN, "kind": "main"}


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
def test_claude_code_tells_who_is_there(environ: dict[str, str], attended: bool) -> None:
    assert claude.is_attended(environ) is attended


@pytest.mark.parametrize(
    ("environ", "source", "expected"),
    [
        ({"CLAUDE_PID": "7"}, "startup", "claude"),
        ({"CLAUDE_CODE_ENTRYPOINT": "cli"}, "startup", "claude"),
        ({"CLAUDE_CODE_SESSION_ID": "c1"}, "startup", "claude"),
        ({"CLAUDE_CODE_SESSION_ID": "c1", "COPILOT_CLI": "1"}, "startup", "claude"),
        ({"CLAUDE_CODE_SESSION_ID": "c1", "GEMINI_SESSION_ID": "g"}, "startup", "claude"),
        ({"COPILOT_CLI": "1"}, "new", "copilot"),
        ({"COPILOT_CLI": "1"}, "startup", "copilot"),
        ({}, "new", "copilot"),
        ({"CLAUDE_CODE_SESSION_ID": "outer", "CLAUDE_PID": "7"}, "new", "copilot"),
        ({"GEMINI_SESSION_ID": "g"}, "startup", ""),
        ({"GEMINI_SESSION_ID": "c1"}, "startup", "gemini"),
        ({"GEMINI_SESSION_ID": "c1", "COPILOT_CLI": "1"}, "startup", "gemini"),
        ({"GEMINI_SESSION_ID": "outer", "CLAUDE_PID": "7"}, "startup", "claude"),
        ({"CURSOR_VERSION": "2.0"}, None, "cursor"),
        ({"FACTORY_PROJECT_DIR": "/p"}, "startup", "droid"),
        ({"SESSION_HOOKS_AGENT": "codex", "COPILOT_CLI": "1"}, "startup", "codex"),
        ({"SESSION_HOOKS_AGENT": "opencode", "OPENCODE": "1"}, "startup", "opencode"),
        ({"SESSION_HOOKS_AGENT": "nobody"}, "startup", ""),
        ({"SESSION_HOOKS_AGENT": "codex", "CLAUDE_CODE_SESSION_ID": "c1"}, "startup", "claude"),
        ({"CLAUDE_CODE_SESSION_ID": "outer", "CLAUDE_PID": "7"}, "startup", ""),
        ({"CLAUDE_PLUGIN_ROOT": "/p"}, "startup", ""),
        ({}, "startup", ""),
        ({}, None, ""),
    ],
)
def test_which_agent_it_is(environ: dict[str, str], source: str | None, expected: str) -> None:
    assert recognise(environ, source, "c1").name == expected


def test_each_agent_is_a_module_of_its_name() -> None:
    assert tuple(one.name for one in agent.every()) == agent.NAMES


def test_codex_is_attended_unless_exec_began_it(tmp_path: Path) -> None:
    rollout = tmp_path / "rollout.jsonl"
    rollout.write_bytes(lines(ROLLOUT)[0])
    assert codex.is_attended({}, str(rollout))
    assert not codex.is_attended({"CI": "1"}, str(rollout))
    exec_began = lines({"type": "session_meta", "payload": {"source": "exec"}})
    rollout.write_bytes(exec_began[0])
    assert not codex.is_attended({}, str(rollout))
    by_a_person = lines(turn("exec"), {"payload": {"source": "other"}}, turn("user"))
    rollout.write_bytes(b"\n".join([*exec_began, *by_a_person]))
    assert codex.is_attended({}, str(rollout))  # it was resumed in a terminal
    rollout.write_bytes(b"\n".join(lines(ROLLOUT, turn("user"), turn("exec"))))
    assert not codex.is_attended({}, str(rollout))
    long = {"type": "session_meta", "payload": {"source": "cli", "instructions": "x" * 2**21}}
    rollout.write_bytes(b"\n".join(lines(long, turn("user"), completed(type="UserMessage"))))
    assert codex.is_attended({}, str(rollout))
    assert read(str(rollout)).had_prompt
    os.mkfifo(tmp_path / "fifo")
    for unknown in (None, str(tmp_path / "none"), str(tmp_path), str(tmp_path / "fifo"), "a\0b"):
        assert not codex.is_attended({}, unknown)  # exec --ephemeral has none


def test_copilot_is_attended_in_a_terminal() -> None:
    assert copilot.is_attended({"COPILOT_CLI": "1", "COPILOT_LOADER_PID": "7"})
    assert not copilot.is_attended({"COPILOT_CLI": "1"})


def test_opencode_is_attended_where_its_plugin_says_so() -> None:
    assert opencode.is_attended({"SESSION_HOOKS_ATTENDED": "1"})
    assert not opencode.is_attended({"SESSION_HOOKS_ATTENDED": "1", "CI": "1"})
    assert not opencode.is_attended({"SESSION_HOOKS_ATTENDED": "0"})
    assert not opencode.is_attended({})


def test_a_rollout_tells_prompts_edits_and_commands() -> None:
    written = lines(
        ROLLOUT,
        completed(type="FileChange", changes={"/p/a.py": {"type": "add"}}),
        completed(type="CommandExecution", command=["/bin/bash", "-lc", "make"]),
    )
    expected = Transcript(BEGAN, BEGAN, (Edit("/p/a.py", BEGAN),), (), (Command("make", BEGAN),))
    assert codex.parse(written[:1], written) == expected
    spoke = [*written, *lines(completed(type="UserMessage", content=[]))]
    assert codex.parse(spoke[:1], spoke) == expected._replace(had_prompt=True)


def test_a_rollout_that_was_forked_names_the_other() -> None:
    forked = lines({"type": "session_meta", "payload": {"forked_from_id": "c0"}})
    found = codex.parse(forked, forked)
    assert found is not None
    assert found.forked_from == "c0"


def test_a_chat_of_gemini_tells_whether_it_answered() -> None:
    calls = [
        {"name": "write_file", "args": {"file_path": "/p/a.md"}},
        {"name": "read_file", "args": {"file_path": "/p/b.md"}},
        {"name": "run_shell_command", "args": {"command": "make"}},
        {"name": "replace", "args": {}},
    ]
    head = [json.dumps(CHAT).encode()]
    told = [*head, *lines({"type": "user", "content": [{"text": "<hook_context>…"}]})]
    assert gemini.parse(told, told) == Transcript(BEGAN, BEGAN)
    answered = [*told, *lines({"type": "gemini", "content": "", "toolCalls": calls})]
    found = gemini.parse(answered, answered)
    assert found == Transcript(
        BEGAN, BEGAN, (Edit("/p/a.md", BEGAN),), (Edit("/p/b.md", BEGAN),),
        (Command("make", BEGAN),), had_prompt=True,
    )  # fmt: skip


def test_a_transcript_is_read_by_what_wrote_it(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    for records in (
        lines(ROLLOUT, completed(type="UserMessage")),
        [json.dumps(CHAT).encode(), *lines({"type": "gemini"})],
        lines({"type": "user", "message": {"content": "hello"}}),
    ):
        path.write_bytes(b"\n".join(records))
        assert read(str(path)).had_prompt
        assert read(str(path)).began == BEGAN


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["payload", "item", "type", "command", "changes", "toolCalls", "args"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(st.lists(st.binary(max_size=20) | anything.map(lambda one: json.dumps(one).encode())))
def test_whatever_stands_in_a_transcript_it_is_read(rest: list[bytes]) -> None:
    rollout = codex.parse([lines(ROLLOUT)[0], *rest], rest)
    assert rollout is not None
    head = [json.dumps(CHAT).encode(), *rest]
    assert gemini.parse(head, head) is not None
    claude.parse(rest, rest)
