"""One agent ends with a handoff, and the next one begins with it: each pair of the real ones."""

import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from client.agents import Other, leave, say
from client.claude import Claude, run_installer
from helpers import FULL, git
from talks import NEXT, archived

pytestmark = pytest.mark.client

AGENTS = ("claude", "codex", "gemini", "copilot", "opencode")
TAKE = ("claude", "codex")
"""Those of which it is known for sure that somebody read what they were told."""
FIRST = AGENTS if FULL else AGENTS[:1]
ACTION = "Write FileStorage"
OWED = "after the last update of .agents/sessions/20251204-143000-weather-fallback.md"


@pytest.mark.parametrize(("first", "second"), list(product(FIRST, AGENTS)))
def test_the_next_one_is_told_what_is_next_and_what_is_owed_and_takes_the_handoff_once(
    first: str,
    second: str,
    project: Path,
    env: dict[str, str],
    agent_of: Callable[[str], Claude | Other],
) -> None:
    one, other = agent_of(first), agent_of(second)
    for name in {first, second, "claude"}:
        assert run_installer(project, env, "--agent", name, "--repo", str(project)) == 0
        agent_of(name).prepare(project)
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    left = project / "NEXT_SESSION.md"

    time.sleep(1)  # git's times are in seconds
    with one.converse(project) as screen:
        say(one, screen, "Do the work")
        (project / "storage.py").write_text("STORAGE = 'memory'\n")
        git(project, "add", "storage.py")
        git(project, "commit", "-q", "-m", "Storage in memory")
        left.write_text(NEXT)
        leave(one, screen)
    with other.converse(project) as screen:
        told = say(other, screen, "Go on with it")
        leave(other, screen)
    assert ACTION in told
    assert told.count("To resume: ") == 1
    assert OWED in told
    assert left.exists() is (second not in TAKE)

    third = agent_of("claude")
    assert isinstance(third, Claude)
    if left.exists():  # told, and left for one that takes it
        with third.converse(project) as screen:
            assert ACTION in say(third, screen, "Go on after that")
            leave(third, screen)
    assert not left.exists()
    assert len(list(archived(project / ".git/agent-session-hooks"))) == 1
    third.ask(project, "And now")
    assert ACTION not in third.stand_in.texts()[-1]
