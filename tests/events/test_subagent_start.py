from pathlib import Path

import pytest

from helpers import Ran, add_session, ago, git, run, session_text
from talks import talk

AGENTS = (
    "  spawned_agents:\n    - agent: backend\n      task: Write CacheAdapter.read\n"
    "      status: completed\n      summary: Reads come from SQLite\n"
    "    - agent: qa\n      task: Test it at night\n      status: pending\n"
)
PATH = ".agents/sessions/20251204-143000-weather.md"


@pytest.fixture
def shop(repo: Path) -> Path:
    add_session(repo, Path(PATH).name, session_text(agents=AGENTS))
    return repo


def start(shop: Path, env: dict[str, str], agent: str, name: str = "a1") -> Ran:
    event = {"hook_event_name": "SubagentStart", "session_id": "s", "cwd": str(shop)}
    return run("subagent-start-hook", {**event, "agent_id": name, "agent_type": agent}, env)


def test_an_agent_is_told_its_task_the_state_and_what_others_left(
    shop: Path, env: dict[str, str]
) -> None:
    said = start(shop, env, "QA").model
    assert said.startswith(f"{PATH} has an open task for QA. If your prompt is about that one:\n")
    assert f"(agent-session agent QA --status completed --summary TEXT --path {PATH})" in said
    assert f'Open task of QA: "Test it at night" (pending) in {PATH}' in said
    assert 'Done before by backend: "Reads come from SQLite"' in said
    assert 'Next there, line 29: "Implement CacheAdapter.read"' in said
    assert 'State, line 26: "The retry is in and tested."' in said
    assert len(said) <= 1500


def test_an_agent_is_told_what_git_says_against_the_file(shop: Path, env: dict[str, str]) -> None:
    git(shop, "add", ".")
    git(shop, "commit", "-q", "-m", "Session files", when=ago(hours=2))
    (shop / "cache.py").write_text("class CacheAdapter: ...\n")
    git(shop, "add", ".")
    git(shop, "commit", "-q", "-m", "Implement CacheAdapter.read")
    said = start(shop, env, "qa").model
    assert "\nChecked against git: behind, 1 commit since" in said
    assert '\nPossibly done already, to be checked:\n- "Implement CacheAdapter.read"' in said


def test_two_handlers_of_one_agents_start_speak_once(shop: Path, env: dict[str, str]) -> None:
    with talk(shop, env) as one:
        one.start()
        assert start(shop, one.env, "qa").model
        assert start(shop, one.env, "qa").out == ""
        assert start(shop, one.env, "qa", "a2").model


@pytest.mark.parametrize("agent", ["Explore", "backend", "", "x" * 500])
def test_any_other_agent_is_told_nothing(agent: str, shop: Path, env: dict[str, str]) -> None:
    assert start(shop, env, agent).out == ""


def test_however_long_it_is_1500_characters_are_told(repo: Path, env: dict[str, str]) -> None:
    agents = "  spawned_agents:\n" + "".join(
        f"    - agent: qa\n      task: {'Test it ' * 60}{number}\n      status: pending\n"
        for number in range(20)
    )
    add_session(repo, Path(PATH).name, session_text(agents=agents))
    said = start(repo, env, "qa").model
    assert len(said) <= 1500
    assert "more lines are left out" in said
