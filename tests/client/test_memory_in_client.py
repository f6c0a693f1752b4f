"""What the real Claude Code lets one conversation know of another."""

import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from client.claude import Claude, calling, prompt, run_installer
from client.stand_in import Block, Body, acknowledge
from client.terminal import Terminal
from helpers import git
from talks import NEXT, archived

pytestmark = pytest.mark.client

ACTION = "Write FileStorage"
LEAD = ".agents/sessions/20251204-143000-weather-fallback.md"


@pytest.fixture
def installed(project: Path, env: dict[str, str], client: Claude) -> Path:
    """The project with the hooks, and a first commit of all but what is left behind."""
    assert run_installer(project, env, "--repo", str(project)) == 0
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    client.prepare(project, "default")
    return project


@pytest.fixture
def left(installed: Path) -> Path:
    path = installed / "NEXT_SESSION.md"
    path.write_text(NEXT)
    return path


def leave(screen: Terminal) -> None:
    time.sleep(1)
    screen.submit("/exit")
    screen.wait_for_end()


def test_what_was_left_behind_is_taken_in_a_terminal_and_told_once(
    left: Path, client: Claude
) -> None:
    project = left.parent
    client.ask(project, "Hello")
    assert ACTION in client.stand_in.texts()[-1]
    assert left.read_text() == NEXT  # nobody was there

    with client.converse(project) as screen:
        screen.wait_for(
            "NEXT_SESSION.md was taken into this conversation and is gone from the working tree."
        )
        asked = len(client.stand_in.requests)
        prompt(screen, "Hello", 1)
        leave(screen)
    assert ACTION in client.stand_in.texts()[asked]
    assert not left.exists()
    (copy,) = archived(project / ".git/agent-session-hooks")
    assert copy.read_text() == NEXT

    client.ask(project, "Again", "--continue")
    # From the beginning, not told again.
    assert client.stand_in.texts()[-1].count(f': "{ACTION}"') == 1
    client.ask(project, "A new one")
    assert ACTION not in client.stand_in.texts()[-1]


def test_what_was_left_behind_is_told_again_until_something_was_done(
    left: Path, client: Claude
) -> None:
    project = left.parent
    with client.converse(project) as screen:
        screen.wait_for("NEXT_SESSION.md was taken into this conversation")
        (taken,) = archived(project / ".git/agent-session-hooks")
        screen.submit("/clear")  # the next conversation begins with a record of this command
        screen.wait_for(lambda _: archived(project / ".git/agent-session-hooks") != [taken])
        leave(screen)
    assert not left.exists()
    with client.converse(project) as screen:
        screen.wait_for(
            "NEXT_SESSION.md, with which nothing was done yet, was taken into this conversation"
        )
        prompt(screen, "Hello", 1)
        leave(screen)

    def answer(body: Body) -> list[Block]:
        is_asked = not worked and "Go on" in str(body["messages"])
        worked.extend([body] * is_asked)
        return [calling("touch worked")] if is_asked else acknowledge(body)

    worked: list[Body] = []
    client.stand_in.answer = answer
    with client.converse(project, "--allowedTools", "Bash(touch:*)") as screen:
        screen.wait_for("NEXT_SESSION.md, with which nothing was done yet, was taken into")
        prompt(screen, "Go on", 1)
        assert ACTION in str(worked[0]["messages"])
        leave(screen)
    with client.converse(project) as screen:
        screen.wait_for("active session files")
        assert "NEXT_SESSION.md" not in screen.text()


def test_after_a_clear_in_a_terminal_what_was_left_is_told_and_stays(
    installed: Path, client: Claude
) -> None:
    left = installed / "NEXT_SESSION.md"
    with client.converse(installed) as screen:
        screen.wait_for("First to resume")
        prompt(screen, "Hello", 1)
        left.write_text(NEXT)
        screen.submit("/clear")
        time.sleep(2)
        asked = len(client.stand_in.requests)
        prompt(screen, "Hello", 1)
        leave(screen)
    assert ACTION in client.stand_in.texts()[asked]
    assert left.read_text() == NEXT
    with client.converse(installed) as screen:
        screen.wait_for("NEXT_SESSION.md was taken into this conversation")
        leave(screen)
    assert not left.exists()


def test_the_debt_of_one_conversation_is_in_the_first_request_of_the_next(
    installed: Path, client: Claude
) -> None:
    with client.converse(installed) as screen:
        prompt(screen, "Hello", 1)
        (installed / "adapter.py").write_text("done")
        git(installed, "add", "adapter.py")
        git(installed, "commit", "-q", "-m", "adapter")
        leave(screen)
    with client.converse(installed) as screen:
        screen.wait_for('Owed: "Weather fallback" lacks 1 commit')
        asked = len(client.stand_in.requests)
        prompt(screen, "Hello", 1)
        first = client.stand_in.texts()[asked]
    assert "During the last conversation here (" in first
    assert ", closed by the person) HEAD moved by 1 commit, and the file to resume was not" in first


def test_a_killed_client_is_noticed_at_the_next_start(installed: Path, client: Claude) -> None:
    with client.converse(installed) as screen:
        prompt(screen, "Hello", 1)
        os.kill(screen.pid, signal.SIGKILL)
        screen.wait_for_end()
    with client.converse(installed) as screen:
        seen = screen.wait_for("never ended, its process is gone. Its transcript: ")
    (transcript,) = (client.home / ".claude" / "projects").glob("*/*.jsonl")
    assert transcript.name in seen.replace("\n", "").replace(" ", "")


def test_two_scopes_speak_once(installed: Path, client: Claude, env: dict[str, str]) -> None:
    assert run_installer(installed, env, "--scope", "local") == 0
    with client.converse(installed) as screen:
        screen.wait_for("SessionStart:startup says:")
        asked = len(client.stand_in.requests)
        prompt(screen, "Hello", 1)
        assert screen.text().count("First to resume") == 1
    assert client.stand_in.texts()[asked].count("To resume: ") == 1


def prepared(project: Path, source: str) -> list[object]:
    """Return when answers to starts of a source were made; one told at once is not made anew."""
    path = project / ".git" / "agent-session-hooks" / "state.db"
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as database:
        question = "SELECT made FROM prepared WHERE start LIKE ?"
        return database.execute(question, (f"%'{source}'%",)).fetchall()


def test_a_conversation_before_which_nothing_has_changed_is_answered_at_once(
    installed: Path, client: Claude
) -> None:
    time.sleep(3)  # what was changed just before it was read is read again
    shown = set()
    for turn in range(2):
        before = {source: prepared(installed, source) for source in ("startup", "clear")}
        with client.converse(installed) as screen:
            screen.wait_for("to resume")
            shown |= {line for line in screen.text().splitlines() if "to resume" in line}
            assert (prepared(installed, "startup") == before["startup"]) == (turn > 0)
            screen.submit("/clear")
            time.sleep(2)
            assert (prepared(installed, "clear") == before["clear"]) == (turn > 0)
            leave(screen)
    assert len(shown) == 1


def test_the_first_conversation_after_work_is_answered_at_once(
    installed: Path, client: Claude
) -> None:
    document = installed / LEAD
    with client.converse(installed) as screen:
        screen.wait_for("to resume")
        text = document.read_text().replace("Implement Cache", "Review Cache")
        document.write_text(text)
        time.sleep(3)  # what was changed just before it was read is read again
        leave(screen)
    before = prepared(installed, "startup")
    assert before
    with client.converse(installed) as screen:
        screen.wait_for("Review CacheAdapter")
        assert prepared(installed, "startup") == before
        leave(screen)
