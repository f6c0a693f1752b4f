"""Compaction and subagents, with what ``install-hooks --with`` adds."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from client.claude import Claude, prompt, run_installer
from client.stand_in import Block, Body, text_block
from helpers import FULL, add_session, ago, git, session_text
from steps import steps, summary

pytestmark = pytest.mark.client

PATH = ".agents/sessions/20251204-143000-weather-fallback.md"
KEPT = "Write integration tests for CacheAdapter.read against Redis 7"
LOST = "Migrate the billing webhook to the EU bucket"
AGENTS = (
    "  spawned_agents:\n    - agent: general-purpose\n      task: Measure the cache's hit rate\n"
    "      status: in_progress\n"
)


@pytest.fixture
def installed(project: Path, env: dict[str, str], client: Claude) -> Path:
    text = session_text(branch="feat/weather", steps=f"1. {KEPT}\n2. {LOST}", agents=AGENTS)
    add_session(project, Path(PATH).name, text)
    wanted = ("--all", "--repo", str(project))
    assert run_installer(project, env, *wanted) == 0
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    client.prepare(project)
    return project


def compacted(project: Path, client: Claude, summary: str, greeting: str) -> str:
    """Return what the model is told that a summary lacks, in the first request after it."""
    client.stand_in.answer = lambda _: [text_block(summary)]
    with client.converse(project) as screen:
        for number in range(3):
            prompt(screen, f"prompt {number}", number + 1)
        screen.submit("/compact")
        screen.wait_for(f"Back in context after compaction: {greeting}")
        time.sleep(0.5)
        before = len(client.stand_in.requests)
        screen.submit("go on")
        screen.wait_for(lambda _: len(client.stand_in.requests) > before)
        after = client.stand_in.texts()[before].partition("The summary lacks this of")[2]
        time.sleep(1)
        screen.submit("/exit")
        screen.wait_for_end()
    return after


def test_after_a_compaction_the_model_is_told_what_the_summary_dropped_and_nothing_else(
    installed: Path, client: Claude
) -> None:
    said = f"<summary>What was said so far. We go by {PATH}. Next: {KEPT}.</summary>"
    after = compacted(installed, client, f"<analysis>{LOST}</analysis>{said}", "1 of 2 points of")
    assert f': "{LOST}"' in after
    assert KEPT not in after


@pytest.mark.parametrize("number", range(30 if FULL else 1))
def test_what_a_summary_drops_of_many_like_steps_is_back_before_the_next_request(
    installed: Path, client: Claude, number: int
) -> None:
    draw = random.Random(number)
    texts = steps(draw, 14)
    kept = texts[: len(texts) // 3]
    numbered = "\n".join(f"{at}. {one}" for at, one in enumerate(texts, start=1))
    add_session(installed, Path(PATH).name, session_text(branch="feat/weather", steps=numbered))
    said = f"What was said so far.\n{summary(draw, kept, f'   We go by {PATH}.')}"
    after = compacted(installed, client, f"<summary>{said}</summary>", "10 of 14 points of")
    assert [one for one in texts if f': "{one}"' in after] == texts[len(kept) :]


def test_what_comes_while_a_conversation_is_open_is_told_at_the_next_prompt(
    installed: Path, client: Claude
) -> None:
    with client.converse(installed) as screen:
        prompt(screen, "prompt 0", 1)
        add_session(installed, "20251205-100000-billing.md", session_text("Billing export"))
        prompt(screen, "prompt 1", 2)
        screen.wait_for('New or changed meanwhile: "Billing export"; Claude was told')
        told = (
            'not by an edit of yours: .agents/sessions/20251205-100000-billing.md "Billing export"'
        )
        assert told in client.stand_in.texts()[-1]
        prompt(screen, "done for now", 3)
        assert "The person seems to stop here. Before that:" in client.stand_in.texts()[-1]
        time.sleep(1)
        screen.submit("/exit")
        screen.wait_for_end()


def test_a_conversation_is_listed_by_its_document_and_a_persons_name_stays(
    installed: Path, client: Claude
) -> None:
    def at_the_border(name: str) -> Callable[[str], bool]:
        return lambda text: f" {name} ─" in text

    with client.converse(installed, "--name", "My own name") as screen:
        prompt(screen, "prompt 0", 1)
        assert at_the_border("My own name")(screen.screen())
        screen.submit("/exit")
        screen.wait_for_end()
    with client.converse(installed) as screen:
        prompt(screen, "prompt 0", 1)
        screen.wait_for(at_the_border("Weather fallback"))
        newer = session_text("Billing export", branch="feat/weather", updated=ago(hours=-1))
        add_session(installed, "20251205-100000-billing.md", newer)
        screen.submit("/clear")
        time.sleep(2)
        prompt(screen, "prompt 0", 1)
        screen.wait_for(at_the_border("Billing export"))
        screen.submit("/exit")
        screen.wait_for_end()
    with client.converse(installed) as screen:
        screen.submit("/resume")
        listed = screen.wait_for("Resume session")
        listed = screen.wait_for("My own name").partition("Resume session")[2]
        assert "Weather fallback" in listed
        assert "Billing export" in listed


def start_one_agent() -> Callable[[Body], list[Block]]:
    """Return what answers "Start one" with an agent's start, and all else with a text."""
    wanted = {"description": "Measure", "subagent_type": "general-purpose", "prompt": "MEASURE IT"}
    called: list[Block] = []

    def answer(body: Body) -> list[Block]:
        names = {tool["name"] for tool in body.get("tools", ())}
        if "Start one" in str(body["messages"]) and not called and "Agent" in names:
            called.append({"type": "tool_use", "id": "toolu_1", "name": "Agent", "input": wanted})
            return called
        return [text_block("Measured.")]

    return answer


def test_a_task_that_an_agent_leaves_open_is_told_at_the_next_prompt(
    installed: Path, client: Claude
) -> None:
    client.stand_in.answer = start_one_agent()
    with client.converse(installed, "--permission-mode", "acceptEdits") as screen:
        screen.submit("Start one")
        screen.wait_for(lambda text: text.count("Measured.") >= 1)
        time.sleep(2)
        screen.submit("go on")
        screen.wait_for(lambda _: any("go on" in text for text in client.stand_in.texts()))
        told = next(text for text in client.stand_in.texts() if "go on" in text)
        assert 'general-purpose ended; still open for it: "Measure the cache\'s hit rate"' in told


def test_a_subagent_is_told_its_task_and_goes_on_for_nobody(
    installed: Path, client: Claude
) -> None:
    client.stand_in.answer = start_one_agent()
    client.ask(installed, "Start one", "--allowedTools", "Agent")
    own = [
        text for text in client.stand_in.texts() if "MEASURE IT" in text and "Start one" not in text
    ]
    assert 'Open task of general-purpose: "Measure the cache\'s hit rate"' in own[0]
    assert len(own) == 1
