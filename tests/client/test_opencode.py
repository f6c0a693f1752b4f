"""The plugin in the real opencode: compaction, subagents, and programs that fail."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from client.agents import Other, leave, say
from client.claude import ANSWER, Claude, run_installer
from client.stand_in import Block, Body, acknowledge
from helpers import command

pytestmark = pytest.mark.client

ACTION = "Implement CacheAdapter.read"
KEEP = "The summary keeps the following word for word"
BROKEN = {
    "fails": 'echo \'{"hookSpecificOutput": {"additionalContext": "a half"}}\'; exit 1',
    "says what is no answer": "echo a half",
    "hangs": "exec sleep 60",
}


@pytest.fixture
def opencode(
    agent_of: Callable[[str], Claude | Other], project: Path, env: dict[str, str]
) -> Other:
    agent = agent_of("opencode")
    assert isinstance(agent, Other)
    assert run_installer(project, env, "--agent", "opencode", "--repo", str(project)) == 0
    agent.prepare(project)
    return agent


def asked(agent: Other, words: str) -> list[str]:
    """What the model was told each time that somebody said this, without those that name it."""
    told = zip(agent.stand_in.requests, agent.stand_in.texts(), strict=True)
    return [text for body, text in told if words in text and body.get("tools")]


def test_the_summarizer_and_the_prompt_after_a_compaction_are_told(
    opencode: Other, project: Path
) -> None:
    with opencode.converse(project) as screen:
        say(opencode, screen, "Hello there")
        time.sleep(1)
        screen.submit("/compact")
        screen.wait_for(lambda _: any(KEEP in text for text in opencode.stand_in.texts()))
        screen.wait_for("Compaction ·")
        screen.submit("Go on")
        screen.wait_for(lambda _: bool(asked(opencode, "Go on")))
        leave(opencode, screen)
    (after,) = asked(opencode, "Go on")
    assert f'Next, line 22: "{ACTION}' in after
    assert after.index("After compaction. ") < after.index("Go on")
    assert opencode.stand_in.elsewhere == []


def test_an_end_is_noted_and_one_that_goes_on_is_told_once(
    opencode: Other, project: Path, env: dict[str, str]
) -> None:
    for options, words in (((), "Hello there"), (("--continue",), "Go on")):
        opencode.form = opencode.form._replace(unattended=("run", *options))
        opencode.ask(project, words)
        time.sleep(1)  # nothing waits for a hook at the end
        log = json.loads(command("agent-session", env, project, "log", "--json").out)
        (conversation,) = log["conversations"]
        assert conversation["state"] == "ended"
        assert conversation["had_prompt"] is True
        assert conversation["attended"] is False
    (told,) = asked(opencode, "Go on")
    assert told.count("To resume: ") == 1


def test_a_subagent_is_told_nothing(opencode: Other, project: Path) -> None:
    task = {"description": "Count", "prompt": "Count the files", "subagent_type": "general"}

    def answer(body: Body) -> list[Block]:
        said = json.dumps(body["messages"])
        if "Count the files" in said or "Hello there" not in said or not body.get("tools"):
            return acknowledge(body)
        return [{"type": "tool_use", "id": "toolu_1", "name": "task", "input": task}]

    opencode.stand_in.answer = answer
    opencode.ask(project, "Hello there")
    told = {ACTION in text for text in asked(opencode, "Count the files") if "Hello" not in text}
    assert told == {False}


@pytest.mark.parametrize("how", BROKEN)
def test_a_program_that_is_broken_disturbs_no_conversation(
    how: str, opencode: Other, project: Path, tmp_path: Path
) -> None:
    path = tmp_path / "broken" / "session-start-hook"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{BROKEN[how]}\n")
    path.chmod(0o755)
    opencode.env["PATH"] = f"{path.parent}{os.pathsep}{opencode.env['PATH']}"
    ran = opencode.ask(project, "Hello there")
    assert ANSWER in ran.stdout
    (told,) = asked(opencode, "Hello there")
    assert "\n</system-reminder>" not in told
