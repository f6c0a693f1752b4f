"""The other agents, each the real one: what its model and its person are told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from client.agents import Other, leave, say
from client.claude import Claude, run_installer
from helpers import git
from talks import NEXT

pytestmark = pytest.mark.client

ACTION = "Write FileStorage"
SHOWS = {"codex": True, "gemini": True, "copilot": False, "opencode": True}
TAKES = {"codex": True, "gemini": False, "copilot": False, "opencode": False}


@pytest.fixture(params=sorted(SHOWS))
def agent(
    request: pytest.FixtureRequest, agent_of: Callable[[str], Claude | Other]
) -> Claude | Other:
    return agent_of(request.param)


@pytest.fixture
def installed(agent: Other, project: Path, env: dict[str, str]) -> Path:
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    assert run_installer(project, env, "--agent", agent.name, "--repo", str(project)) == 0
    agent.prepare(project)
    return project


def test_the_first_request_of_one_that_nobody_attends_holds_what_is_next(
    agent: Other, installed: Path
) -> None:
    left = installed / "NEXT_SESSION.md"
    left.write_text(NEXT)
    agent.ask(installed, "Hello there")
    told = next(text for text in agent.stand_in.texts() if "Hello there" in text)
    assert ACTION in told
    assert told.count("To resume: ") == 1
    assert left.exists()


def test_in_a_terminal_the_handoff_is_taken_where_it_is_known_that_somebody_read_it(
    agent: Other, installed: Path
) -> None:
    left = installed / "NEXT_SESSION.md"
    left.write_text(NEXT)
    with agent.converse(installed) as screen:
        assert ACTION in say(agent, screen, "Hello there")
        assert (f"Next: {ACTION}" in screen.text()) is SHOWS[agent.name]
        leave(agent, screen)
    assert left.exists() is not TAKES[agent.name]
