"""What the hooks do in other agents: once, and to nobody else's conversation."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from helpers import Ran, run
from talks import NEXT, talk

ACTION = "Write FileStorage"
ROLLOUT = {
    "timestamp": "2026-12-01T01:02:06Z", "type": "session_meta", "payload": {"source": "cli"}
}  # fmt: skip


@pytest.fixture
def rollout(tmp_path: Path) -> Path:
    path = tmp_path / "rollout.jsonl"
    path.write_text(json.dumps(ROLLOUT) + "\n")
    return path


def start(name: str, project: Path, env: dict[str, str], **more: Any) -> Ran:
    event = {
        "session_id": "c1", "cwd": str(project), "hook_event_name": "SessionStart",
        "source": "startup", **more,
    }  # fmt: skip
    return run("session-start-hook", event, bare(env) | {"SESSION_HOOKS_AGENT": name})


def bare(env: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if not name.startswith("CLAUDE")}


@pytest.fixture
def left(project: Path) -> Path:
    path = project / "NEXT_SESSION.md"
    path.write_text(NEXT)
    return path


def test_codex_takes_what_was_left_once_though_two_handlers_run(
    left: Path, env: dict[str, str], rollout: Path
) -> None:
    told = [start("codex", left.parent, env, transcript_path=str(rollout)) for _ in range(2)]
    assert ACTION in told[0].model
    assert told[1].out == ""
    assert not left.exists()


def test_codex_without_a_rollout_takes_nothing(left: Path, env: dict[str, str]) -> None:
    assert ACTION in start("codex", left.parent, env, transcript_path=None).model
    assert left.exists()


@pytest.mark.parametrize("name", ["gemini", "copilot"])
def test_two_handlers_of_one_moment_speak_once_however_late(
    name: str, project: Path, env: dict[str, str]
) -> None:
    now, later = "2026-12-01T01:02:06.123Z", "2026-12-01T01:02:06.124Z"
    assert start(name, project, env, timestamp=now).model
    time.sleep(2.1)  # longer than handlers of one process may be apart
    assert start(name, project, env, timestamp=now).out == ""
    assert start(name, project, env, timestamp=later).out


def test_an_agent_in_claude_codes_shell_ends_nothing_of_its(
    project: Path, env: dict[str, str]
) -> None:
    with talk(project, env, name="outer") as outer:
        outer.start()
        inherited = {"CLAUDE_PID": str(outer.client.pid), "CLAUDE_CODE_SESSION_ID": "outer"}
        event = {
            "session_id": "g1", "cwd": str(project), "hook_event_name": "SessionStart",
            "source": "startup",
        }  # fmt: skip
        run("session-start-hook", event, bare(env) | inherited | {"SESSION_HOOKS_AGENT": "gemini"})
        with talk(project, env) as other:
            assert "2 other conversations are open here" in other.start().model


def test_an_end_is_silent_where_the_agent_shows_none(
    project: Path, env: dict[str, str], rollout: Path
) -> None:
    start("codex", project, env, transcript_path=str(rollout))
    event = {
        "session_id": "c1", "cwd": str(project), "hook_event_name": "SessionEnd",
        "reason": "other", "transcript_path": str(rollout),
    }  # fmt: skip
    ended = run("session-end-hook", event, bare(env) | {"SESSION_HOOKS_AGENT": "codex"})
    assert ended == (0, "", "")
