"""The whole life of a session file (003), told by the commands alone, on real git."""

from pathlib import Path

import pytest

from helpers import Ran, command, commit, git, run


@pytest.fixture
def shop(repo: Path) -> Path:
    commit(repo, "src/weather.py", message="Begin")
    commit(
        repo,
        "docs/decisions/0001-use-python.md",
        text="# 1. Use Python\n\n## Status\n\nAccepted\n\n## Decision\n\nPython.\n",
    )
    git(repo, "branch", "-f", "main")
    return repo


def test_begun_worked_on_paused_resumed_done_closed_and_undone(
    shop: Path, env: dict[str, str]
) -> None:
    def say(*arguments: str) -> Ran:
        done = command("agent-session", env, shop, *arguments)
        assert done.code == 0, done.err
        return done

    def start(name: str, **more: str) -> Ran:
        event = {"hook_event_name": "SessionStart", "source": "startup", "session_id": name}
        return run("session-start-hook", {**event, "cwd": str(shop), **more}, env, shop)

    # The project manager starts.
    say("init", "Cache the last good answer")
    (path,) = (shop / ".agents" / "sessions").iterdir()
    say("agent", "backend", "--task", "Write CacheAdapter.read", "--status", "pending")
    say("agent", "qa", "--task", "Test it at night", "--status", "pending")
    commit(shop, str(path.relative_to(shop)), ".gitignore", text=path.read_text())

    # An agent works and reports.
    told = start("a", agent_type="backend").model
    assert "Write CacheAdapter.read" in told
    say("agent", "backend", "--status", "completed", "--summary", "Reads are cached in SQLite")
    say("note", "Entries are kept in SQLite for six hours")
    say("next", "Test it at night")
    commit(shop, "src/cache.py", message="Cache reads")

    # The next agent begins from that.
    told = start("b", agent_type="qa").model
    assert "Reads are cached in SQLite" in told
    assert "Test it at night" in told

    # Over night.
    say("pause", "-m", "Night")
    assert say().out.splitlines()[2].startswith("  paused")
    say("resume")
    with path.open("a") as file:
        file.write("\n## Decisions\n\n### Cache in SQLite\n**Decision**: SQLite, six hours\n")
    say("agent", "qa", "--status", "completed", "--summary", "Green")
    say("done", "-m", "Green at night, too")

    # Closed: what it knows is kept first.
    kept = command("agent-session", env, shop, "close", "--yes")
    assert (kept.code, path.exists()) == (1, True)
    say("close", "--extract", "adr", "--force", "--reason", "Both steps are done")
    assert not path.exists()
    record = shop / "docs" / "decisions" / "0002-cache-in-sqlite.md"
    assert record.read_text().startswith("# 2. Cache in SQLite\n\n## Status\n\nAccepted\n")
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "The cache is done")
    assert "Cache the last good answer" not in start("c").out
    assert say("waive").out == "Nothing is owed in this project.\n"

    # And undone.
    say("undo")
    assert "status: completed" in path.read_text()
